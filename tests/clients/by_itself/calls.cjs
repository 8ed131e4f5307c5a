// The AWS SDK for JavaScript v3 in runtimes that are not Node.js, without a line about a proxy.
'use strict';

const { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } = require('@aws-sdk/client-s3');
const { DynamoDBClient, ListTablesCommand } = require('@aws-sdk/client-dynamodb');

const Bucket = process.argv[2];

async function main() {
  const s3 = new S3Client({});
  await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'reports/one', Body: 'hello' }));
  const object = await s3.send(new GetObjectCommand({ Bucket, Key: 'reports/one' }));
  await new DynamoDBClient({}).send(new ListTablesCommand({}));
  const presigned = process.env.PRESIGNED;
  const fetched = presigned ? (await fetch(presigned)).status : 'nothing';
  console.log(await object.Body.transformToString(), fetched);
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
