// Type-checks and compiles a policy in TypeScript, evaluates it, and prints the statements of each list in IAM's
// JSON: node evaluate.js FILE. In place of aws-cdk-lib (100 MB) stands what the policy uses of it, with its names and types.
"use strict";
const fs = require("fs");
const os = require("os");
const path = require("path");
const vm = require("vm");
const ts = require("typescript");

const DECLARATIONS = `
declare module "aws-cdk-lib/aws-iam" {
  export enum Effect { ALLOW = "Allow", DENY = "Deny" }
  export interface PolicyStatementProps {
    readonly sid?: string;
    readonly actions?: string[];
    readonly resources?: string[];
    readonly conditions?: { [key: string]: any };
    readonly effect?: Effect;
  }
  export class PolicyStatement { constructor(props?: PolicyStatementProps); }
}`;

class PolicyStatement {
  constructor({ sid, effect, actions, resources, conditions }) {
    this.json = { Sid: sid, Effect: effect, Action: actions, Resource: resources, Condition: conditions };
  }
}
const iam = { Effect: { ALLOW: "Allow", DENY: "Deny" }, PolicyStatement };

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "policy-"));
try {
  const policy = path.join(folder, "policy.ts");
  const declarations = path.join(folder, "aws-cdk-lib.d.ts");
  fs.copyFileSync(process.argv[2], policy);
  fs.writeFileSync(declarations, DECLARATIONS);
  const program = ts.createProgram([policy, declarations], {
    strict: true,
    types: [],
    lib: ["lib.es2022.d.ts"],
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.CommonJS,
    outDir: folder,
  });
  const { emitSkipped } = program.emit();
  const problems = ts.getPreEmitDiagnostics(program);
  if (emitSkipped || problems.length > 0) {
    for (const problem of problems) console.error(ts.flattenDiagnosticMessageText(problem.messageText, "\n"));
    process.exitCode = 1;
  } else {
    const compiled = fs.readFileSync(path.join(folder, "policy.js"), "utf8");
    const exports = {};
    vm.runInNewContext(compiled, { exports, require: (name) => (name === "aws-cdk-lib/aws-iam" ? iam : undefined) });
    const lists = Object.values(exports).filter((list) => Array.isArray(list));
    process.stdout.write(JSON.stringify(lists.map((list) => list.map(({ json }) => json))));
  }
} finally {
  fs.rmSync(folder, { recursive: true });
}
