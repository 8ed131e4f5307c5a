// HTTP/2, refused: prints the status, the code in the answer and whether AWS's sentence is in it. One connection a host, and all that
// is asked on it at once.
'use strict';

const http2 = require('http2');

const key = process.env.AWS_ACCESS_KEY_ID;
const signed = (service) => ({
  authorization: `AWS4-HMAC-SHA256 Credential=${key}/20260101/eu-west-1/${service}/aws4_request, SignedHeaders=host, Signature=feedface`,
});

function ask(session, headers, body) {
  return new Promise((resolve, reject) => {
    const request = session.request(headers);
    let status, answer = '';
    request.on('response', (answered) => {
      status = answered[':status'];
      if (!answered['x-amzn-requestid'] && !answered['x-amz-request-id']) reject(new Error('no request id'));
    });
    request.on('data', (chunk) => (answer += chunk));
    request.on('error', reject);
    request.on('end', () => resolve({ status, answer }));
    request.end(body);
  });
}

function told(service, operation, { status, answer }) {
  const code = /AccessDenied(Exception)?/.exec(answer);
  const said = answer.includes('is not authorized to perform') ? 'said' : 'silent';
  console.log(`${service} ${operation} ${status} ${code ? code[0] : 'none'} ${said}`);
}

async function main() {
  const kinesis = http2.connect('https://kinesis.eu-west-1.amazonaws.com');
  const json = (operation) => ({
    ':method': 'POST',
    ':path': '/',
    'x-amz-target': `Kinesis_20131202.${operation}`,
    'content-type': 'application/x-amz-json-1.1',
    ...signed('kinesis'),
  });
  // More than the window of a stream: what is held is given back.
  const record = JSON.stringify({ StreamName: 'clicks', PartitionKey: 'p', Data: 'x'.repeat(300000) });
  told('kinesis', 'PutRecord', await ask(kinesis, json('PutRecord'), record));
  const stream = JSON.stringify({ StreamName: 'clicks' });
  told('kinesis', 'DescribeStreamSummary', await ask(kinesis, json('DescribeStreamSummary'), stream));
  kinesis.close();
  const s3 = http2.connect('https://pictures.s3.eu-west-1.amazonaws.com');
  const object = (method) => ({ ':method': method, ':path': '/a.png', ...signed('s3') });
  told('s3', 'GetObject', await ask(s3, object('GET')));
  told('s3', 'HeadObject', await ask(s3, object('HEAD')));
  s3.close();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
