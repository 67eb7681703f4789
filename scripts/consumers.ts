/**
 * Installs the packed packages outside the workspace and uses them there as their users do.
 * `node scripts/consumers.ts [folder for reports]`
 */
import { existsSync, globSync } from 'node:fs'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { run, runOrThrow } from './run.ts'
import { ROOT, readManifest, readPackages, TARBALLS } from './workspace.ts'

/** What the consumers use beside our packages, in the versions of the workspace. */
const TOOLS = ['@jest/globals', '@types/node', 'expect', 'fastify', 'jest', 'typescript', 'vitest']

/** Where their versions stand. */
const MANIFESTS = ['.', 'packages/testing']

/** The other releases of Node that the packages support, from npm. Everything else runs on this one. */
const OTHER_NODES = ['22.23.3', '26.10.0']

const directory = await mkdtemp(join(tmpdir(), 'sluice-consumers-'))
const reports = resolve(process.argv[2] ?? join(directory, 'reports'))
try {
  await mkdir(reports, { recursive: true })
  await install()
  await runJest('jest-commonjs')
  await runJest('jest-esm', { NODE_OPTIONS: '--experimental-vm-modules' })
  await runVitest('vitest')
  await runTypeScript('typescript-module')
  await runTypeScript('typescript-commonjs')
  await runTypeScript('typescript-runners')
  await runNodeTest('node-test', [process.execPath])
  for (const version of OTHER_NODES) await runNodeTest(`node-test-${version}`, ['npx', '--yes', `node@${version}`])
} finally {
  await rm(directory, { recursive: true })
}

async function install(): Promise<void> {
  await cp(join(ROOT, 'test', 'consumers'), directory, { recursive: true })
  const tarballs = Object.fromEntries(readPackages().map(({ manifest: { name } }) => [name, tarballOf(name)]))
  const versions = Object.assign({}, ...MANIFESTS.map((folder) => readManifest(join(ROOT, folder)).devDependencies))
  const tools = Object.fromEntries(TOOLS.map((name) => [name, versions[name]]))
  await writeFile(
    join(directory, 'package.json'),
    JSON.stringify({ name: 'consumers', private: true, dependencies: { ...tarballs, ...tools } }),
  )
  // Our packages depend on one another by version, and that version is not published.
  await writeFile(join(directory, 'pnpm-workspace.yaml'), JSON.stringify({ overrides: tarballs }))
  await runOrThrow('pnpm', ['install', '--prefer-offline', '--ignore-scripts'], { cwd: directory })
}

function tarballOf(name: string): string {
  const [tarball] = globSync(`${name.slice(1).replace('/', '-')}-*.tgz`, { cwd: TARBALLS })
  if (tarball === undefined) throw new Error(`${name} is not packed: run \`pnpm build\` first`)
  return `file:${join(TARBALLS, tarball)}`
}

function runJest(suite: string, env: Record<string, string> = {}): Promise<void> {
  return runSuite(suite, suite, (report) => ['jest', '--ci', '--json', `--outputFile=${report}`], env)
}

function runVitest(suite: string): Promise<void> {
  const reporters = ['--reporter=default', '--reporter=json']
  return runSuite(suite, suite, (report) => ['vitest', 'run', ...reporters, `--outputFile.json=${report}`])
}

function runTypeScript(suite: string): Promise<void> {
  return runSuite(suite, suite, () => ['tsc', '-p', '.'])
}

function runNodeTest(suite: string, node: readonly string[]): Promise<void> {
  const shown = ['--test-reporter=spec', '--test-reporter-destination=stdout']
  const written = (report: string) => [
    '--test-reporter=./summary-reporter.mjs',
    `--test-reporter-destination=${report}`,
  ]
  return runSuite(suite, 'node-test', (report) => [...node, '--test', ...shown, ...written(report)])
}

/** Runs a suite in its folder and sees to it that there is a report, even from a suite that crashed. */
async function runSuite(
  name: string,
  folder: string,
  command: (report: string) => readonly string[],
  env: Record<string, string> = {},
): Promise<void> {
  const report = join(reports, `${name}.json`)
  const [program = '', ...args] = command(report)
  await rm(report, { force: true })
  console.log(`\nconsumer ${name}`)
  const code = await run(program, args, {
    cwd: join(directory, folder),
    env: { PATH: join(directory, 'node_modules', '.bin') + delimiter + process.env.PATH, ...env },
  })
  if (code !== 0) process.exitCode = 1
  if (existsSync(report)) return
  await writeFile(report, JSON.stringify(code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }))
}
