leastwise: the policy w.json cannot be read: No such file or directory (os error 2)
Command exited with non-zero status 2
0.00s diff w.json a.json
