import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../setup/command.ts';

const DAYS = '30';

export interface Certificate {
  readonly certPath: string;
  readonly keyPath: string;
}

/** Makes a certificate authority in `folder` as NAME.crt and NAME.key. */
export async function makeAuthority(folder: string, name: string): Promise<Certificate> {
  const made = paths(folder, name);
  await run([
    'openssl',
    'req',
    '-x509',
    '-nodes',
    ...NEW_KEY,
    ...files(made),
    '-days',
    DAYS,
    '-subj',
    `/CN=${name}`,
  ]);
  return made;
}

/**
 * Makes a certificate signed by `authority`. `subject` is openssl's form (`/O=group/CN=user`);
 * `alternatives` become subject alternative names, e.g. `IP:127.0.0.1`, `DNS:localhost`.
 */
export async function makeCertificate(
  authority: Certificate,
  name: string,
  subject: string,
  alternatives: readonly string[] = [],
): Promise<Certificate> {
  const folder = join(authority.certPath, '..');
  const made = paths(folder, name);
  const request = join(folder, `${name}.csr`);
  const extensions = join(folder, `${name}.ext`);
  await run([
    'openssl',
    'req',
    '-new',
    '-nodes',
    ...NEW_KEY,
    '-keyout',
    made.keyPath,
    '-out',
    request,
    '-subj',
    subject,
  ]);
  const names = alternatives.length === 0 ? '' : `subjectAltName=${alternatives.join(',')}\n`;
  await writeFile(extensions, `${names}extendedKeyUsage=serverAuth,clientAuth\n`);
  const signer = ['-CA', authority.certPath, '-CAkey', authority.keyPath, '-CAcreateserial'];
  await run([
    'openssl',
    'x509',
    '-req',
    '-in',
    request,
    ...signer,
    '-out',
    made.certPath,
    '-days',
    DAYS,
    '-extfile',
    extensions,
  ]);
  return made;
}

/** An RSA key pair for ServiceAccount tokens: RS256 is what clusters in the field sign with. */
export async function makeTokenKey(
  folder: string,
): Promise<{ publicPath: string; privatePath: string }> {
  const made = { publicPath: join(folder, 'tokens.pub'), privatePath: join(folder, 'tokens.key') };
  await run(['openssl', 'genrsa', '-out', made.privatePath, '2048']);
  await run(['openssl', 'rsa', '-in', made.privatePath, '-pubout', '-out', made.publicPath]);
  return made;
}

/** A PEM file as kubeconfig data. */
export async function inBase64(path: string): Promise<string> {
  return (await readFile(path)).toString('base64');
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];

function paths(folder: string, name: string): Certificate {
  return { certPath: join(folder, `${name}.crt`), keyPath: join(folder, `${name}.key`) };
}

function files(made: Certificate): string[] {
  return ['-keyout', made.keyPath, '-out', made.certPath];
}
