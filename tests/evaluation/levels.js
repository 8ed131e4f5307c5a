// Reads one case as JSON per line, with policies of all kinds, and answers each with the verdict of @cloud-copilot/iam-simulate.
// Its engine is called below the checks that know which conditions AWS documents for an action, as simulate.js does; the function
// for that leaves out session and endpoint policies, so the engine itself is asked.
'use strict'

const path = require('node:path')
const readline = require('node:readline')
const { loadPolicy } = require('@cloud-copilot/iam-policy')

const home = path.dirname(require.resolve('@cloud-copilot/iam-simulate'))
const inside = (file) => require(path.join(home, file))
const { authorize } = inside('core_engine/CoreSimulatorEngine.js')
const { AwsRequestImpl } = inside('request/request.js')
const { RequestContextImpl } = inside('requestContext.js')
const { DiscoveryContextKeyConstraints } = inside('context_keys/discoveryContextKeyConstraints.js')

// AWS attaches it at each level, and it cannot be detached
// (https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_evaluation.html).
const FULL_ACCESS = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }],
}

const named = (policies) => policies.map((policy, index) => loadPolicy(policy, { name: `${index}` }))
const levels = (all, more) =>
  all.map((policies, index) => ({
    orgIdentifier: `level${index}`,
    policies: named([...more, ...policies]),
  }))

function verdict(it) {
  const request = new AwsRequestImpl(
    it.principal === 'anonymous' ? { type: 'Anonymous' } : it.principal,
    { resource: it.resource, accountId: it.account },
    it.action,
    new RequestContextImpl(it.context),
  )
  const analysis = authorize({
    request,
    sessionPolicy: it.session ? named([it.session])[0] : undefined,
    identityPolicies: named(it.identity),
    serviceControlPolicies: levels(it.scp, []),
    resourceControlPolicies: levels(it.rcp, [FULL_ACCESS]),
    resourcePolicy: it.of ? named([it.of])[0] : undefined,
    permissionBoundaries: it.boundary ? named([it.boundary]) : undefined,
    vpcEndpointPolicies: it.endpoint ? named([it.endpoint]) : undefined,
    simulationParameters: {
      simulationMode: 'Strict',
      discoveryContextKeyConstraints: new DiscoveryContextKeyConstraints([]),
    },
    serviceSettings: { s3: {} },
  })
  return analysis.result
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    let answer
    try {
      answer = verdict(JSON.parse(line))
    } catch (error) {
      answer = `error: ${error.message}`
    }
    process.stdout.write(`${answer}\n`)
  }
}

main()
