// The AWS SDK for JavaScript v3, refused: prints the class, the name, the status and the attempts. The endpoint is the environment's.
'use strict';

const assert = require('assert');
const { GetObjectCommand, HeadBucketCommand, HeadObjectCommand, PutObjectCommand, S3Client } = require('@aws-sdk/client-s3');
const { DynamoDBClient, ListTablesCommand } = require('@aws-sdk/client-dynamodb');
// The client by which the SDK itself assumes roles.
const { AssumeRoleCommand, STSClient } = require('@aws-sdk/nested-clients/sts');

async function refused(service, client, command) {
  const operation = command.constructor.name.replace(/Command$/, '');
  await client.send(command).then(
    () => assert.fail(`${service} ${operation} should have been refused`),
    (error) => {
      const { httpStatusCode, attempts, requestId } = error.$metadata;
      assert.ok(requestId, `${service} ${operation} has a request id`);
      const said = /is not authorized to perform/.test(error.message) ? 'said' : 'silent';
      console.log(service, operation, error.name, httpStatusCode, said, attempts);
    },
  );
}

async function main() {
  await refused('dynamodb', new DynamoDBClient({}), new ListTablesCommand({}));
  const role = { RoleArn: 'arn:aws:iam::123456789012:role/app', RoleSessionName: 'ci' };
  const s3 = new S3Client({});
  const { credentials } = s3.config;
  await refused('sts', new STSClient({ region: 'eu-west-1', credentials }), new AssumeRoleCommand(role));
  const object = { Bucket: 'media', Key: 'film' };
  await refused('s3', s3, new GetObjectCommand(object));
  await refused('s3', s3, new PutObjectCommand({ ...object, Body: Buffer.alloc(100000) }));
  await refused('s3', s3, new HeadObjectCommand(object));
  await refused('s3', s3, new HeadBucketCommand({ Bucket: 'media' }));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
