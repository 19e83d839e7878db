// An ATProto network of one PDS and one PLC directory, over plain http on loopback: node start.mjs FOLDER
//
// Prints one line of JSON when both answer, and stays until SIGTERM. The PDS is a process of its own (pds.mjs), so that a
// test can kill it and start it again over the same data; the directory, whose data are in memory, stays.
//
// Environment: PDS_PORT, PLC_PORT, and what the PDS itself knows, such as PDS_RATE_LIMITS_ENABLED=true;
// PLC_DOC=legacy gives DID documents in the form that directories wrote before `Multikey`.
//
// At `control` a test sends a line of JSON over TCP and gets one: see `commands`.
import { fork } from 'node:child_process'
import { createHmac, randomBytes } from 'node:crypto'
import http from 'node:http'
import net from 'node:net'
import path from 'node:path'
import readline from 'node:readline'
import { fileURLToPath } from 'node:url'
import plc from '@did-plc/server'
import plcLib from '@did-plc/lib'

const HOST = '127.0.0.1'
const HERE = path.dirname(fileURLToPath(import.meta.url))
const folder = process.argv[2]
const pdsUrl = `http://localhost:${process.env.PDS_PORT}`
const plcUrl = `http://localhost:${process.env.PLC_PORT}`
const secret = () => randomBytes(32).toString('hex')
const jwtSecret = secret()

// --- the directory

// The only published server of the directory writes DID documents of an older form. Those of today are made here, from
// its own checked log of operations.
const plcServer = plc.PlcServer.create({ db: plc.Database.mock(), port: Number(process.env.PLC_PORT) })
const document = async (did) => {
  const log = await plcServer.ctx.db.opsForDid(did)
  const data = log.length ? await plcLib.validateOperationLog(did, log) : null
  if (!data) return null
  return {
    '@context': [
      'https://www.w3.org/ns/did/v1',
      'https://w3id.org/security/multikey/v1',
      'https://w3id.org/security/suites/secp256k1-2019/v1',
    ],
    id: did,
    alsoKnownAs: data.alsoKnownAs,
    verificationMethod: Object.entries(data.verificationMethods).map(([name, key]) => ({
      id: `${did}#${name}`,
      type: 'Multikey',
      controller: did,
      publicKeyMultibase: key.replace(/^did:key:/, ''),
    })),
    service: Object.entries(data.services).map(([name, service]) => ({
      id: `#${name}`,
      type: service.type,
      serviceEndpoint: service.endpoint,
    })),
  }
}
const directory = http.createServer(async (req, res) => {
  const did = /^\/(did:plc:[a-z2-7]{24})$/.exec(decodeURIComponent(req.url.split('?')[0]))?.[1]
  if (did && req.method === 'GET' && process.env.PLC_DOC !== 'legacy') {
    const found = await document(did).catch(() => null)
    if (found) {
      res.writeHead(200, { 'content-type': 'application/did+ld+json' })
      return res.end(JSON.stringify(found))
    }
  }
  plcServer.app(req, res)
})
const listening = (server, port) =>
  new Promise((resolve, reject) => server.once('error', reject).listen(port, HOST, resolve))
await listening(directory, Number(process.env.PLC_PORT))

// --- the PDS

const settings = {
  ...process.env,
  PDS_DATA: folder,
  PDS_DID_PLC_URL: plcUrl,
  PDS_JWT_SECRET: jwtSecret,
  PDS_DPOP_SECRET: secret(),
  PDS_PLC_ROTATION_KEY_K256_PRIVATE_KEY_HEX: secret(),
  PDS_ADMIN_PASSWORD: secret(),
}
let pds
const startPds = () =>
  new Promise((resolve, reject) => {
    pds = fork(path.join(HERE, 'pds.mjs'), { env: settings, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    pds.once('message', resolve)
    pds.once('exit', (code) => reject(new Error(`the PDS ended with ${code}`)))
  })
const killPds = () =>
  new Promise((resolve) => {
    pds.removeAllListeners('exit').once('exit', resolve)
    pds.kill('SIGKILL')
  })
process.on('SIGTERM', async () => {
  if (pds) await killPds()
  process.exit(0)
})
await startPds()

// --- what tests ask for

const call = async (method, body, token) => {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }
  const response = await fetch(`${pdsUrl}/xrpc/${method}`, { method: 'POST', headers, body: JSON.stringify(body) })
  const answer = await response.json()
  if (!response.ok) throw new Error(`${method}: ${response.status} ${JSON.stringify(answer)}`)
  return answer
}
const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
const commands = {
  // An account with an app password.
  account: async ({ name }) => {
    const handle = `${name}.test`
    const password = secret()
    const account = await call('com.atproto.server.createAccount', { handle, email: `${name}@example.test`, password })
    const app = await call('com.atproto.server.createAppPassword', { name: 'tests' }, account.accessJwt)
    return { did: account.did, handle, app_password: app.password }
  },
  // An access token of the PDS that expires in so many seconds, or has.
  token: async ({ did, seconds }) => {
    const now = Math.floor(Date.now() / 1000)
    const claims = { scope: 'com.atproto.appPass', aud: 'did:web:localhost', sub: did, iat: now - 9000, exp: now + seconds }
    const signed = `${part({ typ: 'at+jwt', alg: 'HS256' })}.${part(claims)}`
    return { token: `${signed}.${createHmac('sha256', Buffer.from(jwtSecret)).update(signed).digest('base64url')}` }
  },
  kill: async () => (await killPds(), {}),
  start: async () => (await startPds(), {}),
}
const control = net.createServer((socket) => {
  socket.on('error', () => {})
  readline.createInterface({ input: socket }).on('line', async (line) => {
    const command = JSON.parse(line)
    const answer = await commands[command.do](command).catch((error) => ({ error: String(error) }))
    socket.write(JSON.stringify(answer) + '\n')
  })
})
await listening(control, 0)
console.log(JSON.stringify({ pds: pdsUrl, plc: plcUrl, control: `${HOST}:${control.address().port}` }))
