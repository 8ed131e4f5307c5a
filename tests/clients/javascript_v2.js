// A service under test, with the AWS SDK for JavaScript v2.
//
// `STAND_IN` is the URL of stand_in.py, used as an HTTP proxy, so that the requests go to AWS's own
// host names; the last calls use it as an endpoint.
'use strict';

process.env.AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE = '1';
const assert = require('assert');
const AWS = require('aws-sdk');

AWS.config.update({
  region: 'eu-west-1',
  sslEnabled: false,
  httpOptions: { proxy: process.env.STAND_IN },
  retryDelayOptions: { base: 5 },
});

/** Makes a call that must fail with this error code. */
async function fails(code, request) {
  const error = await request.promise().then(
    () => assert.fail(`${request.operation} should have failed with ${code}`),
    (failure) => failure,
  );
  assert.strictEqual(error.code, code, error.message);
}

async function main() {
  const identity = await new AWS.STS().getCallerIdentity().promise();
  assert.strictEqual(identity.Account, '123456789012');

  // Pictures: one at a time, in parts, and many at once.
  const s3 = new AWS.S3();
  const Bucket = 'gallery';
  await fails('NotFound', s3.headBucket({ Bucket }));
  await s3.createBucket({ Bucket }).promise();
  await s3.upload({ Bucket, Key: 'film.mp4', Body: Buffer.alloc(11 * 1024 * 1024) }).promise();
  await Promise.all(
    [...Array(40).keys()].map((n) => s3.putObject({ Bucket, Key: `${n}.png`, Body: 'png' }).promise()),
  );
  await s3.getObject({ Bucket, Key: '7.png' }).promise();
  await s3.copyObject({ Bucket, Key: 'cover.png', CopySource: '/gallery/7.png' }).promise();
  await s3.listObjectsV2({ Bucket }).promise();
  await fails('NoSuchKey', s3.getObject({ Bucket, Key: 'missing.png' }));
  await fails('NoSuchBucket', s3.listObjectsV2({ Bucket: 'gallery-of-nobody' }));
  await fails('AccessDenied', s3.getObject({ Bucket: 'forbidden-gallery', Key: 'plans.txt' }));

  const documents = new AWS.DynamoDB.DocumentClient();
  const dynamodb = new AWS.DynamoDB();
  const TableName = 'pictures';
  await fails('ResourceNotFoundException', documents.get({ TableName, Key: { id: '1' } }));
  await dynamodb
    .createTable({
      TableName,
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    })
    .promise();
  await dynamodb.waitFor('tableExists', { TableName }).promise();
  await documents.put({ TableName, Item: { id: '1' } }).promise();
  // Answered with 503 at first; the SDK tries again.
  await documents.put({ TableName, Item: { id: 'busy-picture' } }).promise();
  await documents.update({
    TableName,
    Key: { id: '1' },
    UpdateExpression: 'SET title = :t',
    ExpressionAttributeValues: { ':t': 'Sea' },
  }).promise();
  await documents.query({
    TableName,
    KeyConditionExpression: 'id = :i',
    ExpressionAttributeValues: { ':i': '1' },
  }).promise();
  await dynamodb.transactWriteItems({
    TransactItems: [{ Delete: { TableName, Key: { id: { S: '1' } } } }],
  }).promise();

  const sqs = new AWS.SQS();
  const { QueueUrl } = await sqs.createQueue({ QueueName: 'thumbnails' }).promise();
  await sqs.sendMessage({ QueueUrl, MessageBody: '7.png' }).promise();
  await sqs.getQueueAttributes({ QueueUrl, AttributeNames: ['All'] }).promise();
  const { TopicArn } = await new AWS.SNS().createTopic({ Name: 'new-pictures' }).promise();
  await new AWS.SNS().publish({ TopicArn, Message: 'busy-message' }).promise();
  await new AWS.Kinesis().createStream({ StreamName: 'views', ShardCount: 1 }).promise();
  await new AWS.Firehose().listDeliveryStreams().promise();
  await new AWS.EventBridge().listRules().promise();

  await new AWS.SecretsManager().createSecret({ Name: 'gallery', SecretString: 's' }).promise();
  await new AWS.SSM().putParameter({ Name: '/gallery', Value: '1', Type: 'String' }).promise();
  await new AWS.KMS().listKeys().promise();
  await fails('NoSuchEntity', new AWS.IAM().getUser({ UserName: 'nobody' }));
  await fails('ResourceNotFoundException', new AWS.Lambda().getFunction({ FunctionName: 'resize' }));
  await new AWS.StepFunctions().listStateMachines().promise();
  await new AWS.CloudWatchLogs().createLogGroup({ logGroupName: 'gallery' }).promise();
  await new AWS.CloudWatch().listMetrics().promise();
  await new AWS.EC2().describeInstances().promise();
  await new AWS.ELBv2().describeLoadBalancers().promise();
  await new AWS.APIGateway().getRestApis().promise();
  await fails('AccessDeniedException', new AWS.Athena().getWorkGroup({ WorkGroup: 'forbidden-group' }));

  // Nobody listens on port 1: no answer ever comes.
  const nowhere = { endpoint: 'http://127.0.0.1:1', httpOptions: { proxy: undefined }, maxRetries: 1 };
  await fails('UnknownEndpoint', new AWS.Glue(nowhere).getDatabases());

  // A stand-in by its endpoint, the bucket in the path.
  const local = { endpoint: process.env.STAND_IN, httpOptions: { proxy: undefined } };
  await new AWS.S3({ ...local, s3ForcePathStyle: true }).deleteObject({ Bucket, Key: '7.png' }).promise();
  await new AWS.RDS(local).describeDBInstances().promise();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
