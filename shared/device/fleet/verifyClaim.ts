import { createHash, randomBytes, verify, X509Certificate } from "node:crypto";
import type { Device } from "../device.ts";
import {
  type CertificateRecord,
  type CertificateStore,
  effectiveRecord,
} from "../registry/certificate.ts";
import { type CertificateDeps, changeCertificates } from "../registry/changeCertificates.ts";
import { unclaimDevice } from "./claimDevice.ts";
import { claimCodeBytes, claimCodeSeconds, claimCodesPerFleetMax, takeBackDays } from "./limits.ts";
import type { MoveWithNameDeps } from "./moveNamed.ts";

/** What a claim may be proved by: the device's signature over `claimText`, in base64, made with its certificate's key. */
export interface ClaimProof {
  readonly code?: string | undefined;
  readonly signature?: string | undefined;
}

interface ProofDeps {
  readonly claimCodes: ClaimCodes;
  readonly certificates: Pick<CertificateStore, "find">;
  readonly now: () => number;
}

const hashOf = (code: string): string => createHash("sha256").update(code).digest("hex");

/** The text that a device signs to prove that it is to be claimed with a code. */
export const claimText = (device: string, code: string): string => `godwit-claim:${device}:${code}`;

/** Makes a claim code of a fleet, valid for `claimCodeSeconds`. The oldest of more than `claimCodesPerFleetMax` ends. */
export const newClaimCode = async (
  fleet: string,
  { claimCodes, now }: Pick<ProofDeps, "claimCodes" | "now">,
): Promise<string> => {
  const code = randomBytes(claimCodeBytes).toString("base64url");
  const valid = (await claimCodes.listCodes(fleet)).filter(({ until }) => until > now());
  const made = { hash: hashOf(code), until: now() + claimCodeSeconds * 1_000 };
  await claimCodes.putCodes(fleet, [...valid, made].slice(-claimCodesPerFleetMax));
  return code;
};

/** Notes the claim code that a device says over its own connection. */
export const recordClaimCode = (
  device: string,
  code: string,
  { claimCodes }: { claimCodes: Pick<ClaimCodes, "recordCode"> },
): Promise<void> => claimCodes.recordCode(device, hashOf(code));

/**
 * Whether a fleet may claim a device that has no owner: it gave the device up itself a short time ago; or the device has said one
 * of the fleet's valid claim codes; or the request brings such a code signed by the device. A device that was given up together
 * with its certificate is for the fleet alone that gave it up.
 */
export const canClaim = async (
  device: string,
  fleet: string,
  { code, signature }: ClaimProof,
  { claimCodes, certificates, now }: ProofDeps,
): Promise<boolean> => {
  const found = await certificates.find(device);
  const record = found && effectiveRecord(found, now());
  const left = record?.givenUp;
  if (left?.fleet === fleet && now() < left.until) return true;
  if (left !== undefined && !left.isHandedOver) return false;
  const valid = (await claimCodes.listCodes(fleet)).filter(({ until }) => until > now());
  const isValid = (hash: string | undefined) => valid.some((one) => one.hash === hash);
  if (code !== undefined && signature !== undefined && isValid(hashOf(code))) {
    return isSigned(record, claimText(device, code), signature);
  }
  return isValid(await claimCodes.recordedCode(device));
};

const isSigned = (
  record: CertificateRecord | undefined,
  text: string,
  signature: string,
): boolean => {
  if (record?.current === undefined) return false;
  const { publicKey } = new X509Certificate(record.current.pem);
  return verify("sha256", Buffer.from(text), publicKey, Buffer.from(signature, "base64"));
};

/**
 * Takes a device out of its fleet, for nobody. Its certificate is suspended at once in every region, and ends for good after
 * `takeBackDays`, unless the fleet takes the device back before. With `keepCertificate` the device may connect, alone in a fleet of
 * its own, and anybody may claim it with proof. The certificate comes first: a crash after it leaves a device that is
 * shut out and still the fleet's, and the request may be repeated.
 */
export const giveUpDevice = async (
  device: Device,
  { keepCertificate }: { keepCertificate: boolean },
  deps: CertificateDeps & MoveWithNameDeps,
): Promise<void> => {
  const until = deps.now() + takeBackDays * 86_400_000;
  const givenUp = { fleet: device.fleet, until, isHandedOver: keepCertificate };
  if ((await deps.certificates.find(device.id)) !== undefined) {
    const change = (record: CertificateRecord) => ({ ...record, givenUp });
    await changeCertificates(device, change, { cut: !keepCertificate }, deps);
  }
  await unclaimDevice(device, deps);
};

/** Lets a claimed device connect again. Does nothing for one that was not given up. */
export const clearGivenUp = async (
  device: Pick<Device, "id" | "fleet">,
  deps: CertificateDeps,
): Promise<void> => {
  const record = await deps.certificates.find(device.id);
  if (record?.givenUp === undefined) return;
  const change = ({ givenUp: _, ...rest }: CertificateRecord) => rest;
  await changeCertificates(device, change, { cut: false }, deps);
};

/** A claim code that was given out, as its SHA-256. Times are milliseconds since 1970. */
export interface ClaimCode {
  readonly hash: string;
  readonly until: number;
}

/** The claim codes of fleets, and those that devices have said. */
export interface ClaimCodes {
  /** Those of a fleet, the oldest first; also those that are over. */
  listCodes(fleet: string): Promise<readonly ClaimCode[]>;
  /** Replaces the codes of a fleet. */
  putCodes(fleet: string, listCodes: readonly ClaimCode[]): Promise<void>;
  /** Notes that a device has said a code. A later one replaces it. */
  recordCode(device: string, hash: string): Promise<void>;
  /** The code that a device has said last. */
  recordedCode(device: string): Promise<string | undefined>;
}
