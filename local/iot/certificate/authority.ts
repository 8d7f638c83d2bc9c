import {
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  X509Certificate,
} from "node:crypto";
import { join } from "node:path";
import { promisify } from "node:util";
import { writeFileAtomically } from "../../state/atomicWrite.ts";
import { damagedFileError, readFileIfExists } from "../../state/stateFile.ts";
import { certificateId, type Issuer, issue } from "./x509.ts";

/** A certificate and its private key. */
interface Identity {
  readonly certificate: string;
  readonly privateKey: string;
}

interface DeviceCertificate {
  readonly certificate: string;
  readonly certificateId: string;
}

interface DeviceIdentity extends DeviceCertificate, Identity {
  readonly publicKey: string;
}

/** The certificate authority that devices and the broker trust. */
export interface Authority {
  readonly caPem: string;
  /** The certificate of the MQTT server. */
  readonly server: Identity;
  /** Issues a key and a certificate for a device. */
  issueDevice(): Promise<DeviceIdentity>;
  /** Issues a certificate for a device that generated its own key. */
  certifyDevice(publicKey: KeyObject): DeviceCertificate;
  /** Issues a certificate for a service of AWS that signs messages, such as SNS. */
  certifyService(name: string, publicKey: KeyObject): string;
}

const caName = "Godwit local root";
const serverName = "Godwit local IoT Core";
// The common name that IoT Core uses.
const deviceName = "AWS IoT Certificate";

/**
 * Opens the authority of a folder, or creates it. Keys are P-256: IoT Core creates RSA keys of
 * 2,048 bits, which take a hundred times longer to generate and slow down each handshake. TLS 1.2
 * clients support both.
 */
export const openAuthority = async (folder: string): Promise<Authority> => {
  const ca = await loadOrCreate(folder, "ca", makeCa);
  const issuer = issuerOf(ca);
  const server = await loadOrCreate(folder, "server", async () => {
    const { publicKey, privateKey } = await newKeys();
    const names = { names: ["localhost"], addresses: ["127.0.0.1", "::1"] };
    const request = { subject: serverName, publicKey, use: "server", ...names } as const;
    return { certificate: issue(request, issuer), privateKey: pem(privateKey) };
  });

  const certifyDevice = (publicKey: KeyObject): DeviceCertificate => {
    const certificate = issue({ subject: deviceName, publicKey, use: "client" }, issuer);
    return { certificate, certificateId: certificateId(new X509Certificate(certificate).raw) };
  };

  return {
    caPem: ca.certificate,
    server,
    certifyDevice,
    certifyService: (name, publicKey) => issue({ subject: name, publicKey, use: "client" }, issuer),
    async issueDevice() {
      const { publicKey, privateKey } = await newKeys();
      return {
        ...certifyDevice(publicKey),
        privateKey: pem(privateKey),
        publicKey: publicKey.export({ type: "spki", format: "pem" }).toString(),
      };
    },
  };
};

const generate = promisify(generateKeyPair);

const newKeys = () => generate("ec", { namedCurve: "P-256" });

const pem = (key: Issuer["privateKey"]): string =>
  key.export({ type: "pkcs8", format: "pem" }).toString();

const makeCa = async (): Promise<Identity> => {
  const { publicKey, privateKey } = await newKeys();
  const issuer = { name: caName, publicKey, privateKey };
  const certificate = issue({ subject: caName, publicKey, use: "authority" }, issuer);
  return { certificate, privateKey: pem(privateKey) };
};

const issuerOf = (ca: Identity): Issuer => ({
  name: caName,
  privateKey: createPrivateKey(ca.privateKey),
  publicKey: createPublicKey(ca.certificate),
});

// The certificate is written last, so that an existing certificate has its key.
const loadOrCreate = async (
  folder: string,
  name: string,
  make: () => Promise<Identity>,
): Promise<Identity> => {
  const certificatePath = join(folder, `${name}.pem`);
  const keyPath = join(folder, `${name}.key`);
  const certificate = await readFileIfExists(certificatePath);
  const privateKey = await readFileIfExists(keyPath);
  if (certificate !== undefined && privateKey !== undefined) {
    expectPair({ certificate, privateKey }, `${certificatePath} or ${name}.key`);
    return { certificate, privateKey };
  }
  const made = await make();
  await writeFileAtomically(keyPath, made.privateKey);
  await writeFileAtomically(certificatePath, made.certificate);
  return made;
};

const expectPair = ({ certificate, privateKey }: Identity, paths: string): void => {
  let matches = false;
  try {
    matches = new X509Certificate(certificate).checkPrivateKey(createPrivateKey(privateKey));
  } catch (cause) {
    throw damagedFileError(paths, cause);
  }
  if (!matches) throw damagedFileError(paths, new Error("the key belongs to another certificate"));
};
