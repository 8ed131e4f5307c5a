// The AWS SDK for JavaScript v3 through the proxy, without a line about it: from this process, from an
// ES module, from a worker thread and from a child; and a presigned URL that `fetch` gets.
'use strict';

const assert = require('assert');
const { execFileSync } = require('child_process');
const { Worker, isMainThread } = require('worker_threads');
const { Agent } = require('https');
const { CreateBucketCommand, GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } = require('@aws-sdk/client-s3');
const { DynamoDBClient, GetItemCommand, ListTablesCommand } = require('@aws-sdk/client-dynamodb');
const { Upload } = require('@aws-sdk/lib-storage');

const Bucket = 'gallery';
const client = new S3Client({});

async function main() {
  await client.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } }));
  await new Upload({
    client,
    params: { Bucket, Key: 'film.mp4', Body: Buffer.alloc(11 * 1024 * 1024) },
  }).done();
  const film = await client.send(new GetObjectCommand({ Bucket, Key: 'film.mp4' }));
  assert.strictEqual((await film.Body.transformToByteArray()).length, 11 * 1024 * 1024);
  await Promise.all(
    [...Array(20).keys()].map((n) => client.send(new PutObjectCommand({ Bucket, Key: `${n}.png`, Body: 'png' }))),
  );

  // With an agent of one's own.
  const ownAgent = new DynamoDBClient({ requestHandler: { httpsAgent: new Agent({ keepAlive: false }) } });
  await ownAgent.send(new ListTablesCommand({}));
  await ownAgent.send(new GetItemCommand({ TableName: 'missing', Key: { id: { S: '1' } } })).then(
    () => assert.fail('there is no such table'),
    (failure) => assert.strictEqual(failure.name, 'ResourceNotFoundException'),
  );

  const module = `
    import { S3Client, HeadObjectCommand } from '@aws-sdk/client-s3';
    await new S3Client({}).send(new HeadObjectCommand({ Bucket: 'gallery', Key: '1.png' }));`;
  const { writeFileSync, symlinkSync } = require('fs');
  symlinkSync(process.env.NODE_PATH, 'node_modules');
  writeFileSync('module.mjs', module);
  execFileSync(process.execPath, ['module.mjs'], { stdio: 'inherit' });

  await new Promise((resolve, reject) => {
    new Worker(__filename).on('error', reject).on('exit', (code) => (code ? reject(code) : resolve()));
  });

  process.env.AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE = '1';
  const AWS = require('aws-sdk');
  const url = new AWS.S3({ region: 'eu-west-1', signatureVersion: 'v4' }).getSignedUrl('getObject', { Bucket, Key: '3.png' });
  assert.ok(url.startsWith('https://gallery.s3.'), url);
  assert.strictEqual(await (await fetch(url)).text(), 'png');

  // An endpoint of one's own, without TLS.
  const local = new DynamoDBClient({ endpoint: process.env.STAND_IN });
  await local.send(new ListTablesCommand({}));
}

if (isMainThread) {
  main().catch((error) => {
    console.error(error);
    process.exit(1);
  });
} else {
  client.send(new HeadObjectCommand({ Bucket, Key: '2.png' }));
}
