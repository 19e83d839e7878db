// The PDS of start.mjs, and the AppView that stands in for Bluesky's.
import fs from 'node:fs'
import http from 'node:http'
import path from 'node:path'

// Not to outlive the process that started it.
process.on('disconnect', () => process.exit(0))
// Read when the PDS is loaded.
process.env.LOG_ENABLED ??= 'false'
const { PDS, readEnv, envToCfg, envToSecrets } = await import('@atproto/pds')

const HOST = '127.0.0.1'
const data = process.env.PDS_DATA
const blobs = path.join(data, 'blobs')
const temporary = path.join(data, 'blobs-tmp')
for (const folder of [blobs, temporary]) fs.mkdirSync(folder, { recursive: true })

// The PDS hands what is Bluesky's to an AppView. The client of Python asks for the profile at login.
const appview = http.createServer(async (req, res) => {
  const url = new URL(req.url, 'http://localhost')
  const json = (status, body) => {
    res.writeHead(status, { 'content-type': 'application/json' })
    res.end(JSON.stringify(body))
  }
  const actor = url.searchParams.get('actor')
  if (url.pathname !== '/xrpc/app.bsky.actor.getProfile' || !actor) {
    return json(501, { error: 'MethodNotImplemented', message: 'not in the AppView of the tests' })
  }
  const account = await server.ctx.accountManager.getAccount(actor).catch(() => null)
  if (!account) return json(400, { error: 'InvalidRequest', message: 'Profile not found' })
  json(200, { did: account.did, handle: account.handle })
})
await new Promise((resolve, reject) => appview.once('error', reject).listen(0, HOST, resolve))

const env = {
  ...readEnv(),
  devMode: true,
  port: Number(process.env.PDS_PORT),
  hostname: 'localhost', // the only name for which it uses http
  dataDirectory: data,
  blobstoreDiskLocation: blobs,
  blobstoreDiskTmpLocation: temporary,
  blobUploadLimit: 64 * 1024 * 1024,
  serviceHandleDomains: ['.test'],
  bskyAppViewUrl: `http://localhost:${appview.address().port}`,
  bskyAppViewDid: 'did:web:appview.test',
  inviteRequired: false,
  disableSsrfProtection: true,
  resolverTimeout: 1000,
  crawlers: [],
}
const server = await PDS.create(envToCfg(env), envToSecrets(env))
// It would listen on every interface.
const { listen } = server.app
server.app.listen = (port) => listen.call(server.app, port, HOST)
await server.start()
process.send('ready')
