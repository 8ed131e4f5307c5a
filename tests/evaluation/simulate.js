// Reads one case as JSON per line ({policies, action, resource, context}) and answers each with the
// verdict of @cloud-copilot/iam-simulate, an evaluator that has nothing in common with ours.
'use strict'

const readline = require('node:readline')
const { runUnsafeSimulation } = require('@cloud-copilot/iam-simulate')

const ACCOUNT = '111122223333'

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
