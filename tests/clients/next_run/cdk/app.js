// A stack with a topic and an asset. Both change between the two runs, so that all that is named by a hash of them has another name.

const fs = require("node:fs");
const path = require("node:path");

const { App, CfnOutput, Stack } = require("aws-cdk-lib");
const { Asset } = require("aws-cdk-lib/aws-s3-assets");
const { Topic } = require("aws-cdk-lib/aws-sns");

const run = process.env.NEXT_RUN;
const folder = path.resolve("asset");
fs.mkdirSync(folder, { recursive: true });
fs.writeFileSync(path.join(folder, "page.html"), `<p>The ${run} run</p>\n`);

const stack = new Stack(new App(), "shop");
new Topic(stack, "News", { displayName: `News of the ${run} run` });
const page = new Asset(stack, "Page", { path: folder });
new CfnOutput(stack, "Where", { value: page.s3ObjectUrl });
