// A server with HTTP/2 and TLS that answers everything with what it got. `http2_server.js KEY CERTIFICATE` prints its port.
'use strict';

const { readFileSync } = require('fs');
const { createSecureServer } = require('http2');

const [, , key, certificate] = process.argv;
const server = createSecureServer(
  { key: readFileSync(key), cert: readFileSync(certificate), allowHTTP1: true },
  (request, response) => {
    let length = 0;
    request.on('data', (chunk) => (length += chunk.length));
    request.on('end', () => {
      response.writeHead(200, { 'x-amzn-requestid': `${request.httpVersion}-${length}` });
      response.end(`${request.httpVersion} ${length}`);
    });
  },
);
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.on('end', () => process.exit()).resume();
