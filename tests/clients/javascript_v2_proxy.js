// The AWS SDK for JavaScript v2 through the proxy, without a line about it.
'use strict';

process.env.AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE = '1';
const assert = require('assert');
const AWS = require('aws-sdk');

AWS.config.update({ region: 'eu-west-1' });

async function main() {
  const identity = await new AWS.STS().getCallerIdentity().promise();
  assert.strictEqual(identity.Account, '123456789012');

  const s3 = new AWS.S3();
  const Bucket = 'gallery';
  await s3.createBucket({ Bucket }).promise();
  await s3.upload({ Bucket, Key: 'film.mp4', Body: Buffer.alloc(11 * 1024 * 1024) }).promise();
  const { ContentLength } = await s3.headObject({ Bucket, Key: 'film.mp4' }).promise();
  assert.strictEqual(ContentLength, 11 * 1024 * 1024);
  await Promise.all(
    [...Array(20).keys()].map((n) => s3.putObject({ Bucket, Key: `${n}.png`, Body: 'png' }).promise()),
  );

  const table = new AWS.DynamoDB.DocumentClient();
  await table.get({ TableName: 'missing', Key: { id: 1 } }).promise().then(
    () => assert.fail('there is no such table'),
    (failure) => assert.strictEqual(failure.code, 'ResourceNotFoundException'),
  );

  // An endpoint of one's own, without TLS.
  const sns = new AWS.SNS({ endpoint: process.env.STAND_IN });
  await sns.createTopic({ Name: 'news' }).promise();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
