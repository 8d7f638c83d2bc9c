import { createHash, randomBytes, verify, X509Certificate } from "node:crypto";
import { dayMs } from "../../platform/durations.ts";
import type { Device } from "../device.ts";
import {
  type CertificateRecord,
  type CertificateStore,
  effectiveRecord,
} from "../registry/certificate.ts";
import { type CertificateDeps, changeCertificates } from "../registry/changeCertificates.ts";
import { unclaimDevice } from "./claimDevice.ts";
import { claimCodeBytes, claimCodeSeconds, claimCodesPerFleetMax, takeBackDays } from "./limits.ts";
import type { MoveWithNameDeps } from "./moveWithName.ts";

/**
 * The proof of a claim: a code, and the device's signature over `claimText`, in base64, with its
 * certificate's key.
 */
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

/** The text that a device signs for a claim with a code. */
export const claimText = (device: string, code: string): string => `godwit-claim:${device}:${code}`;

/**
 * Creates a claim code of a fleet, valid for `claimCodeSeconds`. It replaces the oldest of
 * `claimCodesPerFleetMax`.
 */
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

/** Records the claim code that a device sends over its own connection. */
export const recordClaimCode = (
  device: string,
  code: string,
  { claimCodes }: { claimCodes: Pick<ClaimCodes, "recordCode"> },
): Promise<void> => claimCodes.recordCode(device, hashOf(code));

/**
 * Whether a fleet may claim a device without an owner. One of these is sufficient:
 * - the fleet gave the device up within `takeBackDays`;
 * - the device has sent one of the fleet's valid claim codes;
 * - the request has such a code, signed by the device.
 *
 * Only the fleet that gave a device up may claim it if its certificate was suspended with it.
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
 * Gives a device up: removes it from its fleet and leaves it without an owner. Its certificate is
 * suspended at once in every region, and revoked after `takeBackDays` unless the fleet claims the
 * device again. With `keepCertificate` the device may connect, in a fleet of its own, and any user
 * may claim it with proof. The certificate changes first: a crash after it leaves a blocked device
 * in the fleet, and the request may be repeated.
 */
export const giveUpDevice = async (
  device: Device,
  { keepCertificate }: { keepCertificate: boolean },
  deps: CertificateDeps & MoveWithNameDeps,
): Promise<void> => {
  const until = deps.now() + takeBackDays * dayMs;
  const givenUp = { fleet: device.fleet, until, isHandedOver: keepCertificate };
  if ((await deps.certificates.find(device.id)) !== undefined) {
    const change = (record: CertificateRecord) => ({ ...record, givenUp });
    await changeCertificates(device, change, { cut: !keepCertificate }, deps);
  }
  await unclaimDevice(device, deps);
};

/** Lets a claimed device connect again. Does nothing for a device that was not given up. */
export const clearGivenUp = async (
  device: Pick<Device, "id" | "fleet">,
  deps: CertificateDeps,
): Promise<void> => {
  const record = await deps.certificates.find(device.id);
  if (record?.givenUp === undefined) return;
  const change = ({ givenUp: _, ...rest }: CertificateRecord) => rest;
  await changeCertificates(device, change, { cut: false }, deps);
};

/** An issued claim code: its SHA-256, and its end in milliseconds since 1970. */
export interface ClaimCode {
  readonly hash: string;
  readonly until: number;
}

/** The claim codes of fleets, and the codes that devices have sent. */
export interface ClaimCodes {
  /** The codes of a fleet, oldest first, including expired ones. */
  listCodes(fleet: string): Promise<readonly ClaimCode[]>;
  /** Replaces the codes of a fleet. */
  putCodes(fleet: string, listCodes: readonly ClaimCode[]): Promise<void>;
  /** Records the code that a device has sent. A later one replaces it. */
  recordCode(device: string, hash: string): Promise<void>;
  /** The hash of the code that a device has sent last. */
  recordedCode(device: string): Promise<string | undefined>;
}
