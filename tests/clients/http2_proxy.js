// HTTP/2 through the proxy, as the clients for streams of the SDK for JavaScript v3 speak it; then `fetch`, which
// asks for HTTP/1.1. The process must end by itself.
'use strict';

const assert = require('assert');
const http2 = require('http2');

const authorization =
  'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/eu-west-1/kinesis/aws4_request, SignedHeaders=host, Signature=feedface';
const session = http2.connect('https://kinesis.eu-west-1.amazonaws.com');
const request = session.request({
  ':method': 'POST',
  ':path': '/',
  'x-amz-target': 'Kinesis_20131202.PutRecord',
  'content-type': 'application/x-amz-json-1.1',
  authorization,
});
let answer = '';
request.on('data', (chunk) => (answer += chunk));
request.on('end', async () => {
  assert.strictEqual(answer, '2.0 300000');
  session.unref();
  const fetched = await fetch('https://pictures.s3.eu-west-1.amazonaws.com/a.png');
  assert.strictEqual(await fetched.text(), '1.1 0');
  console.log('all answered');
});
const record = '{"StreamName":"clicks","PartitionKey":"p","Data":""}';
request.end(record.replace('""', () => JSON.stringify('x'.repeat(300000 - record.length))));
