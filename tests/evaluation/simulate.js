// Reads one case as JSON per line ({policies, action, resource, context}) and answers each with the
// verdict of @cloud-copilot/iam-simulate, an evaluator that has nothing in common with ours.
'use strict'

const readline = require('node:readline')
const { createValidatedPolicy, validateResourcePolicy } = require('@cloud-copilot/iam-policy')
const { runUnsafeSimulation } = require('@cloud-copilot/iam-simulate')

const ACCOUNT = '111122223333'

// Without its key policy's leave, no identity-based policy is heard of a KMS key; this is the one that AWS gives a new key
// (https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html).
const KEY_POLICY = createValidatedPolicy(
  {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
        Action: 'kms:*',
        Resource: '*',
      },
    ],
  },
  validateResourcePolicy,
  { name: 'the key policy' },
)

async function verdict({ policies, action, resource, context }) {
  const result = await runUnsafeSimulation(
    {
      request: {
        principal: `arn:aws:iam::${ACCOUNT}:user/somebody`,
        action,
        resource: { resource, accountId: ACCOUNT },
        contextVariables: context,
      },
      identityPolicies: policies.map((policy, index) => ({ name: `policy${index}`, policy })),
      resourcePolicy: action.toLowerCase().startsWith('kms:') ? KEY_POLICY : undefined,
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    { simulationMode: 'Strict' },
  )
  return result
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    let answer
    try {
      const result = await verdict(JSON.parse(line))
      answer = typeof result === 'string' ? result : (result.result ?? JSON.stringify(result))
    } catch (error) {
      answer = `error: ${error.message}`
    }
    process.stdout.write(`${answer}\n`)
  }
}

main()
