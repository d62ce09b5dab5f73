// Judges cases with `@cloud-copilot/iam-simulate`, run as a program of its own.
//
//   node iam_simulate.mjs FOLDER CASES          a verdict a line: allow, implicit_deny, explicit_deny, error: WHY
//   node iam_simulate.mjs FOLDER CASES SECONDS  the decisions a second of that many seconds, as one number
//
// FOLDER holds the package in `node_modules`; CASES holds JSON lines in the form of `podtrail simulate`.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const [folder, file, seconds] = process.argv.slice(2)
const require = createRequire(`${resolve(folder)}/driver.mjs`)
const main = require.resolve('@cloud-copilot/iam-simulate').replace('/cjs/', '/esm/')
const { runSimulation } = await import(pathToFileURL(main))

const VERDICTS = { Allowed: 'allow', ImplicitlyDenied: 'implicit_deny', ExplicitlyDenied: 'explicit_deny' }

const listed = (value) => (value === undefined ? [] : [value].flat())
const named = (value, name) => listed(value).map((policy, at) => ({ name: `${name}-${at}`, policy }))
const levels = (value, name) =>
  (value ?? []).map((level, at) => ({ orgIdentifier: `${name}-${at}`, policies: named(level, `${name}-${at}`) }))
const text = (value) => (Array.isArray(value) ? value.map(String) : String(value))

function simulation(given) {
  const accountOf = (arn) => /^\d{12}$/.exec(arn.split(':')[4])?.[0]
  return {
    request: {
      principal: given.principal.arn,
      action: given.action,
      resource: {
        resource: given.resource,
        accountId: given.resource_account || accountOf(given.resource) || accountOf(given.principal.arn)
      },
      contextVariables: Object.fromEntries(
        Object.entries(given.context ?? {}).map(([key, value]) => [key, text(value)])
      )
    },
    identityPolicies: named(given.identity_policies, 'identity'),
    serviceControlPolicies: levels(given.scps, 'scp'),
    resourceControlPolicies: levels(given.rcps, 'rcp'),
    resourcePolicy: given.resource_policy,
    sessionPolicy: listed(given.session_policies)[0],
    permissionBoundaryPolicies: given.permissions_boundary && named(given.permissions_boundary, 'boundary'),
    vpcEndpointPolicies: given.vpc_endpoint_policy && named(given.vpc_endpoint_policy, 'endpoint')
  }
}

async function judge(prepared) {
  try {
    const answer = await runSimulation(prepared, {})
    if (answer.resultType === 'error') return `error: ${answer.errors.message}`
    return VERDICTS[answer.overallResult] ?? `error: ${answer.overallResult}`
  } catch (error) {
    return `error: ${error.message}`
  }
}

const cases = readFileSync(file, 'utf8').split('\n').filter(Boolean).map((line) => simulation(JSON.parse(line)))
if (seconds === undefined) {
  const verdicts = []
  for (const prepared of cases) verdicts.push(await judge(prepared))
  process.stdout.write(verdicts.join('\n') + '\n')
} else {
  const start = performance.now()
  let decisions = 0
  while (performance.now() - start < seconds * 1000) {
    for (const prepared of cases) await judge(prepared)
    decisions += cases.length
  }
  process.stdout.write(`${decisions / ((performance.now() - start) / 1000)}\n`)
}
