'use strict';
// Loaded first by every Node.js process under `leastwise run`: Node.js uses no proxy by itself, so this leads
// its TLS connections to AWS, and signed plain requests, through Leastwise's. Everything else is left alone,
// and so is whatever already goes through an agent or socket of the program's own.

(() => {
  const config = JSON.parse("CONFIG");
  const mark = Symbol.for('leastwise.proxied');
  if (globalThis[mark]) return;
  Object.defineProperty(globalThis, mark, { value: true });

  const fs = require('fs');
  const http = require('http');
  const https = require('https');
  const net = require('net');
  const tls = require('tls');
  const { Duplex } = require('stream');

  const nameOf = (host) =>
    String(host || '').toLowerCase().replace(/^\[|\]$/g, '').replace(/\.$/, '');
  const isBelow = (name, suffixes) =>
    suffixes.some((suffix) => name === suffix || name.endsWith('.' + suffix));
  const isOurs = (host) => {
    const name = nameOf(host);
    return config.names.includes(name) || isBelow(name, config.suffixes);
  };

  // A program that brings its own list of authorities has to trust ours as well.
  let authority;
  const trusting = (options) => {
    if (!options.ca) return options;
    try {
      authority = authority || fs.readFileSync(config.ca, 'utf8');
    } catch {
      return options;
    }
    return { ...options, ca: [].concat(options.ca, authority) };
  };

  // Opens a tunnel; calls back once, with an error or a socket.
  const tunnel = (host, port, done) => {
    const target = (String(host).includes(':') ? `[${host}]` : host) + ':' + port;
    const socket = net.connect({ host: config.host, port: config.port });
    let head = Buffer.alloc(0);
    const finish = (error) => {
      socket.removeListener('data', read);
      socket.removeListener('error', finish);
      socket.removeListener('close', closed);
      if (error) socket.destroy();
      done(error || null, socket);
    };
    const closed = () => finish(new Error('the proxy of leastwise has closed the connection'));
    const read = (chunk) => {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      socket.pause();
      const line = head.subarray(0, head.indexOf('\r\n')).toString('latin1');
      if (!/^HTTP\/1\.[01] 200/.test(line)) return finish(new Error(`the proxy of leastwise answered: ${line}`));
      if (head.length > end + 4) socket.unshift(head.subarray(end + 4));
      finish();
    };
    socket.setNoDelay(true);
    socket.on('data', read);
    socket.on('error', finish);
    socket.on('close', closed);
    socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
    return socket;
  };

  // A tunnel that can be written to before it is open, for those who need a socket at once.
  class Tunnel extends Duplex {
    constructor(host, port) {
      super();
      this.open = new Promise((resolve, reject) => {
        const raw = tunnel(host, port, (error, socket) => (error ? reject(error) : resolve(socket)));
        this.raw = raw;
      });
      this.open.then(
        (socket) => {
          socket.on('data', (chunk) => this.push(chunk) || socket.pause());
          socket.on('end', () => this.push(null));
          socket.on('error', (error) => this.destroy(error));
          socket.on('close', () => this.destroy());
          socket.resume();
        },
        (error) => this.destroy(error),
      );
    }
    _read() {
      if (this.raw && this.raw.readable) this.open.then((s) => s.resume(), () => {});
    }
    _write(chunk, encoding, done) {
      this.open.then((socket) => socket.write(chunk, encoding, done), done);
    }
    _final(done) {
      this.open.then((socket) => socket.end(done), () => done());
    }
    _destroy(error, done) {
      if (this.raw) this.raw.destroy();
      done(error);
    }
    setNoDelay() { return this; }
    setKeepAlive() { return this; }
    ref() { this.raw.ref(); return this; }
    unref() { this.raw.unref(); return this; }
  }

  // `connect(options)`, `connect(port, options)`, `connect(port, host, options)`, each perhaps with a listener.
  const normalized = (args) => {
    const rest = [...args];
    const listener = typeof rest[rest.length - 1] === 'function' ? rest.pop() : undefined;
    const options = {};
    if (typeof rest[0] !== 'object' || rest[0] === null) {
      options.port = rest.shift();
      if (typeof rest[0] === 'string') options.host = rest.shift();
    }
    for (const more of rest) if (more && typeof more === 'object') Object.assign(options, more);
    return { options, listener };
  };

  // HTTPS agents: the SDKs' own, and the global one. A class with a `createConnection` of its own is the
  // program's way to a proxy, and does not come here.
  const createConnection = https.Agent.prototype.createConnection;
  https.Agent.prototype.createConnection = function (...args) {
    const { options, listener } = normalized(args);
    const host = options.host || options.hostname;
    if (options.socket || options.socketPath || !isOurs(host) || !listener) {
      return createConnection.apply(this, args);
    }
    tunnel(host, options.port || 443, (error, socket) => {
      if (error) return listener(error);
      let secure;
      try {
        const servername = options.servername || (net.isIP(host) ? undefined : host);
        secure = createConnection.call(this, trusting({ ...options, servername, socket }));
      } catch (failure) {
        socket.destroy();
        return listener(failure);
      }
      socket.resume();
      listener(null, secure);
    });
    return undefined;
  };

  // HTTP/2, fetch, and whoever opens TLS by hand. Other ports than 443 are databases and the like.
  const connect = tls.connect;
  tls.connect = function (...args) {
    const { options, listener } = normalized(args);
    const host = options.host || options.hostname;
    if (options.socket || options.path || Number(options.port) !== 443 || !isOurs(host)) {
      return connect.apply(this, args);
    }
    const servername = options.servername || (net.isIP(host) ? undefined : host);
    const socket = new Tunnel(host, 443);
    const secure = connect.call(this, trusting({ ...options, host, servername, socket }), listener);
    // Whether it keeps the process alive is for the connection beneath to do.
    const { ref, unref } = secure;
    secure.ref = function () { socket.ref(); return ref.call(this); };
    secure.unref = function () { socket.unref(); return unref.call(this); };
    return secure;
  };

  // Plain HTTP: only what is signed for AWS (LocalStack, moto, endpoints of the program's own).
  const isSigned = (request) =>
    /^AWS4-/.test(String(request.getHeader('authorization') || '')) ||
    /[?&]X-Amz-Signature=/.test(String(request.path));
  const addRequest = http.Agent.prototype.addRequest;
  http.Agent.prototype.addRequest = function (request, options, ...rest) {
    const plain = this.protocol === 'http:' && typeof options === 'object' && options;
    const own = this.createConnection !== http.Agent.prototype.createConnection;
    if (!plain || own || options.socketPath || !request.path.startsWith('/') || !isSigned(request)) {
      return addRequest.call(this, request, options, ...rest);
    }
    const host = options.host || options.hostname || 'localhost';
    if (isBelow(nameOf(host), config.except)) return addRequest.call(this, request, options, ...rest);
    const port = Number(options.port) || 80;
    const authority = (host.includes(':') ? `[${host}]` : host) + (port === 80 ? '' : `:${port}`);
    const path = request.path;
    request.path = `http://${authority}${path}`;
    // The head may be written already, when it has `Expect`.
    if (request._header) request._header = request._header.replace(` ${path} `, () => ` ${request.path} `);
    const to = { ...options, host: config.host, hostname: config.host, port: config.port };
    return addRequest.call(this, request, to, ...rest);
  };

  // `import { request } from 'https'` binds to copies.
  require('module').syncBuiltinESMExports();
})();
