use super::*;

const SOON: Duration = Duration::from_secs(10);

fn listener(address: &str) -> Listener {
    Listener::bind(address.parse().unwrap()).unwrap()
}

/// Loopback's addresses: IPv6's where this machine has it.
fn loopbacks() -> impl Iterator<Item = &'static str> {
    let has = |address: &&str| UdpSocket::bind(*address).is_ok();
    ["127.0.0.1:0", "[::1]:0"].into_iter().filter(has)
}

fn sender(listening: SocketAddr) -> UdpSocket {
    let any: IpAddr = match listening {
        SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    let socket = UdpSocket::bind((any, 0)).unwrap();
    socket.connect(listening).unwrap();
    socket
}

/// All that is received until it is over.
fn read_all(receiver: &Receiver) -> Vec<Vec<u8>> {
    let mut datagrams = Vec::new();
    loop {
        match receiver.recv_timeout(SOON) {
            Ok(batch) => {
                assert_eq!(batch.iter().count(), batch.len());
                datagrams.extend(batch.iter().map(<[u8]>::to_vec));
            }
            Err(RecvTimeoutError::Disconnected) => return datagrams,
            Err(RecvTimeoutError::Timeout) => panic!("the receiving thread does not end"),
        }
    }
}

#[test]
fn datagrams_come_out_in_order_over_ipv4_and_ipv6() {
    for address in loopbacks() {
        let listener = listener(address);
        assert!(listener.receive_buffer() >= 64 << 10, "{}", listener.receive_buffer());
        let receiver = listener.spawn().unwrap();
        let sender = sender(receiver.local_addr());
        for text in ["first", "", "third"] {
            sender.send(text.as_bytes()).unwrap();
        }
        let first = receiver.recv_timeout(SOON).unwrap();
        assert_eq!(first.iter().next(), Some(&b"first"[..]));
        let mut all = first.len();
        while all < 3 {
            all += receiver.recv_timeout(SOON).unwrap().len();
        }
        assert_eq!(receiver.try_recv().unwrap_err(), TryRecvError::Empty);
        receiver.stop();
        assert_eq!(read_all(&receiver), Vec::<Vec<u8>>::new());
        assert_eq!(receiver.received(), 3);
    }
}

#[test]
fn the_longest_datagram_is_whole() {
    let receiver = listener("127.0.0.1:0").spawn().unwrap();
    let longest = vec![b'x'; 65_507];
    for _ in 0..3 {
        sender(receiver.local_addr()).send(&longest).unwrap();
    }
    receiver.stop();
    assert_eq!(read_all(&receiver), vec![longest; 3]);
}

#[test]
fn what_the_kernel_queued_before_it_stopped_is_read() {
    let listener = listener("127.0.0.1:0");
    let sender = sender(listener.local_addr());
    for number in 0..50u8 {
        sender.send(&[number]).unwrap();
    }
    // It only begins to receive when it is about to stop.
    let receiver = listener.spawn().unwrap();
    receiver.stopper().stop();
    assert_eq!(read_all(&receiver), (0..50u8).map(|number| vec![number]).collect::<Vec<_>>());
}

#[test]
fn stopping_is_prompt_also_while_somebody_goes_on_sending() {
    let receiver = listener("127.0.0.1:0").spawn().unwrap();
    let sender = sender(receiver.local_addr());
    let over = Arc::new(AtomicBool::new(false));
    let flood = thread::spawn({
        let over = Arc::clone(&over);
        move || {
            while !over.load(Ordering::Relaxed) {
                let _ = sender.send(&[b'x'; 500]);
            }
        }
    });
    receiver.recv_timeout(SOON).unwrap();
    receiver.stop();
    read_all(&receiver);
    over.store(true, Ordering::Relaxed);
    flood.join().unwrap();

    let quiet = listener("127.0.0.1:0").spawn().unwrap();
    let begun = Instant::now();
    quiet.stop();
    read_all(&quiet);
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}

#[test]
fn dropping_the_receiver_ends_the_thread() {
    let receiver = listener("127.0.0.1:0").spawn().unwrap();
    let shared = Arc::downgrade(&receiver.shared);
    drop(receiver);
    assert!(shared.upgrade().is_none(), "the thread still holds the socket");
}

#[test]
#[cfg(target_os = "linux")]
fn what_the_kernel_drops_is_counted() {
    for address in loopbacks() {
        let listener = listener(address);
        assert_eq!(listener.kernel_drops(), Some(0));
        // Nobody receives: the queue fills.
        let sender = sender(listener.local_addr());
        let room = listener.receive_buffer();
        let sent = room as u64 / 60_000 + 200;
        for _ in 0..sent {
            sender.send(&[b'x'; 60_000]).unwrap();
        }
        let dropped = listener.kernel_drops().unwrap();
        assert!(dropped > 0);
        let receiver = listener.spawn().unwrap();
        receiver.stop();
        assert_eq!(read_all(&receiver).len() as u64 + dropped, sent);
        assert_eq!(receiver.kernel_drops(), Some(dropped), "also when it is over");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_reader_that_does_not_follow_costs_bounded_memory_and_the_drops_are_counted() {
    let receiver = listener("127.0.0.1:0").spawn().unwrap();
    let sender = sender(receiver.local_addr());
    let length = 60_000;
    let bound = BATCH * BATCHES;
    let sent = (2 * bound + receiver.receive_buffer()) / length;
    for _ in 0..sent {
        sender.send(&vec![b'x'; length]).unwrap();
    }
    let waiting: usize = receiver.shared.aside().full.iter().map(|batch| batch.bytes.len()).sum();
    assert!(waiting <= bound, "{waiting}");
    receiver.stop();
    let read = read_all(&receiver).len();
    let dropped = receiver.kernel_drops().unwrap();
    assert!(dropped > 0);
    assert_eq!(read as u64 + dropped, sent as u64);
}

#[test]
fn errors_say_what_to_do() {
    let taken = listener("127.0.0.1:0");
    let error = Listener::bind(taken.local_addr()).unwrap_err();
    let port = taken.local_addr().port();
    assert_eq!(
        error.to_string(),
        format!(
            "cannot listen on 127.0.0.1:{port}: another program uses this port; stop it, or choose \
             another port with --csm-port"
        ),
    );
    let error = Listener::bind("192.0.2.1:0".parse().unwrap()).unwrap_err();
    assert!(matches!(error, ListenError::NotLocal { .. }), "{error}");
}
