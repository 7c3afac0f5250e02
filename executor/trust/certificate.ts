import 'reflect-metadata';
import { X509Certificate } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import {
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import type { EpochMs } from '../../crds/clock.ts';

export interface Identity {
  /** PEM. Public. */
  readonly certificate: string;
  /** PEM. Never leaves the data volume. */
  readonly privateKey: string;
  readonly expiresAt: EpochMs;
}

const DAY_MS = 24 * 3_600_000;
const VALID_MS = 365 * DAY_MS;
const RENEW_BEFORE_MS = 30 * DAY_MS;
/** Clocks of callers may be a little behind. */
const BACKDATED_MS = 3_600_000;
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/**
 * The executor's own certificate from `folder`, made anew when it is absent, foreign or old.
 * `hosts`: the names and addresses callers use, the first as its subject.
 */
export async function identity(
  folder: string,
  hosts: readonly string[],
  now: EpochMs,
): Promise<Identity> {
  const kept = await readIdentity(folder);
  if (kept !== undefined && isUsable(kept, hosts, now)) return kept;
  const made = await makeIdentity(hosts, now);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // Key first: a certificate without its key would be served by nobody.
  await replace(join(folder, 'tls.key'), made.privateKey);
  await replace(join(folder, 'tls.crt'), made.certificate);
  return made;
}

export const needsRenewal = (current: Identity, now: EpochMs): boolean =>
  current.expiresAt - now < RENEW_BEFORE_MS;

async function readIdentity(folder: string): Promise<Identity | undefined> {
  try {
    const [certificate, privateKey] = await Promise.all([
      readFile(join(folder, 'tls.crt'), 'utf8'),
      readFile(join(folder, 'tls.key'), 'utf8'),
    ]);
    const expiresAt = new X509Certificate(certificate).validToDate.getTime() as EpochMs;
    return { certificate, privateKey, expiresAt };
  } catch {
    return undefined; // absent or cut off while it was written: made anew
  }
}

function isUsable(kept: Identity, hosts: readonly string[], now: EpochMs): boolean {
  if (needsRenewal(kept, now)) return false;
  const certificate = new X509Certificate(kept.certificate);
  return hosts.every(
    (host) => (isIP(host) ? certificate.checkIP(host) : certificate.checkHost(host)) !== undefined,
  );
}

async function makeIdentity(hosts: readonly string[], now: EpochMs): Promise<Identity> {
  const { subtle } = cryptoProvider.get();
  const keys = await subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const expiresAt = (now + VALID_MS) as EpochMs;
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('hex'),
    name: `CN=${hosts[0]}`,
    notBefore: new Date(now - BACKDATED_MS),
    notAfter: new Date(expiresAt),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(
        hosts.map((value) => ({ type: isIP(value) ? ('ip' as const) : ('dns' as const), value })),
      ),
    ],
  });
  const raw = Buffer.from(await subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  const lines = raw.match(/.{1,64}/g)?.join('\n') ?? '';
  const privateKey = `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n`;
  return { certificate: `${certificate.toString('pem')}\n`, privateKey, expiresAt };
}

async function replace(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text, { mode: 0o600 });
  await rename(`${path}.new`, path);
}
