// The AWS SDK for JavaScript v2, refused: prints the code, the status and whether it would try again. The endpoint is the environment's.
'use strict';

process.env.AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE = '1';
const assert = require('assert');
const AWS = require('aws-sdk');

const endpoint = process.env.AWS_ENDPOINT_URL;
AWS.config.update({ region: 'eu-west-1', ...(endpoint ? { endpoint, s3ForcePathStyle: true } : {}) });

async function refused(service, client, operation, parameters) {
  const method = operation[0].toLowerCase() + operation.slice(1);
  const request = client[method](parameters);
  await request.promise().then(
    () => assert.fail(`${service} ${operation} should have been refused`),
    (error) => {
      assert.strictEqual(request.response.retryCount, 0);
      const said = /is not authorized to perform/.test(error.message) ? 'said' : 'silent';
      const again = error.retryable ? 'again' : 'once';
      console.log(service, operation, error.code, error.statusCode, said, again);
    },
  );
}

async function main() {
  await refused('dynamodb', new AWS.DynamoDB(), 'ListTables', {});
  await refused('kms', new AWS.KMS(), 'ListKeys', {});
  const QueueUrl = `${endpoint || 'https://sqs.eu-west-1.amazonaws.com'}/123456789012/jobs`;
  await refused('sqs', new AWS.SQS(), 'SendMessage', { QueueUrl, MessageBody: '1' });
  await refused('sns', new AWS.SNS(), 'CreateTopic', { Name: 'news' });
  await refused('iam', new AWS.IAM(), 'ListUsers', {});
  await refused('cloudwatch', new AWS.CloudWatch(), 'ListMetrics', {});
  await refused('ec2', new AWS.EC2(), 'DescribeVpcs', {});
  await refused('lambda', new AWS.Lambda(), 'ListFunctions', {});
  await refused('route53', new AWS.Route53(), 'ListHostedZones', {});
  const s3 = new AWS.S3();
  await refused('s3', s3, 'GetObject', { Bucket: 'media', Key: 'film' });
  await refused('s3', s3, 'PutObject', { Bucket: 'media', Key: 'film', Body: Buffer.alloc(100000) });
  await refused('s3', s3, 'HeadObject', { Bucket: 'media', Key: 'film' });
  await refused('s3', s3, 'HeadBucket', { Bucket: 'media' });
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
