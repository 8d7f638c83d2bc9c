import { X509Certificate } from "node:crypto";
import * as z from "zod";
import {
  alreadyExists,
  certificateInvalid,
  certificateState,
  deleteConflict,
  invalidRequest,
} from "../../../http/restFailure.ts";
import type { RestRequest } from "../../../http/restHandler.ts";
import { publicKeyOf, SigningRequestError } from "../../certificate/signingRequest.ts";
import { certificateId as idOf } from "../../certificate/x509.ts";
import type { Certificate } from "../../registry.ts";
import { type ControlPlane, certificateArn, findCertificate, json, read } from "./request.ts";

/** https://docs.aws.amazon.com/iot/latest/apireference/API_CreateKeysAndCertificate.html */
export const createKeysAndCertificate = async (
  { query }: RestRequest,
  plane: ControlPlane,
): Promise<object> => {
  const { certificate, certificateId, publicKey, privateKey } = await plane.authority.issueDevice();
  const status = query.get("setAsActive") === "true" ? "ACTIVE" : "INACTIVE";
  const named = await register({ id: certificateId, pem: certificate, status }, plane);
  return {
    ...named,
    certificatePem: certificate,
    keyPair: { PublicKey: publicKey, PrivateKey: privateKey },
  };
};

const signing = z.strictObject({ certificateSigningRequest: z.string().min(1) });

/** https://docs.aws.amazon.com/iot/latest/apireference/API_CreateCertificateFromCsr.html */
export const createCertificateFromCsr = async (
  { query, body }: RestRequest,
  plane: ControlPlane,
): Promise<object> => {
  const { certificateSigningRequest } = read(signing, json(body));
  const { certificate, certificateId } = plane.authority.certifyDevice(
    requestedKey(certificateSigningRequest),
  );
  const status = query.get("setAsActive") === "true" ? "ACTIVE" : "INACTIVE";
  const named = await register({ id: certificateId, pem: certificate, status }, plane);
  return { ...named, certificatePem: certificate };
};

const requestedKey = (request: string) => {
  try {
    return publicKeyOf(request);
  } catch (error) {
    throw error instanceof SigningRequestError ? invalidRequest(error.message) : error;
  }
};

const registration = z.strictObject({
  certificatePem: z.string().min(1),
  status: z.enum(["ACTIVE", "INACTIVE"]).default("INACTIVE"),
});

/**
 * Registers a certificate that was issued elsewhere, for example in another region.
 * https://docs.aws.amazon.com/iot/latest/apireference/API_RegisterCertificateWithoutCA.html
 */
export const registerCertificateWithoutCa = async (
  { body }: RestRequest,
  plane: ControlPlane,
): Promise<object> => {
  const { certificatePem, status } = read(registration, json(body));
  const certificate = certificateIn(certificatePem);
  const id = idOf(certificate.raw);
  if (plane.registry.certificates.get(id) !== undefined) {
    throw alreadyExists(`the certificate ${id} is already registered`);
  }
  return await register({ id, pem: certificate.toString(), status }, plane);
};

const certificateIn = (pem: string): X509Certificate => {
  try {
    return new X509Certificate(pem);
  } catch {
    throw certificateInvalid("the certificate is malformed");
  }
};

const register = async (
  made: Pick<Certificate, "id" | "pem" | "status">,
  { registry, arnPrefix }: ControlPlane,
): Promise<object> => {
  await registry.certificates.put(made.id, { ...made, policies: [], things: [] });
  return { certificateArn: certificateArn(made.id, arnPrefix), certificateId: made.id };
};

/** https://docs.aws.amazon.com/iot/latest/apireference/API_DescribeCertificate.html */
export const describeCertificate = (
  { params }: RestRequest,
  { registry, arnPrefix }: ControlPlane,
): object => {
  const { id, status, pem } = findCertificate(registry, params.certificateId);
  return {
    certificateDescription: {
      certificateArn: certificateArn(id, arnPrefix),
      certificateId: id,
      status,
      certificateMode: "DEFAULT",
      ...(pem !== undefined && { certificatePem: pem, validity: validityOf(pem) }),
    },
  };
};

/** In seconds, like all times of this protocol. */
const validityOf = (pem: string): object => {
  const { validFromDate, validToDate } = new X509Certificate(pem);
  return { notBefore: validFromDate.getTime() / 1_000, notAfter: validToDate.getTime() / 1_000 };
};

/**
 * Applies to the next connection. IoT Core closes existing connections within minutes; here they
 * remain until `DeleteConnection`, which reveals programs that rely on IoT Core for it.
 * https://docs.aws.amazon.com/iot/latest/apireference/API_UpdateCertificate.html
 */
export const updateCertificate = async (
  { params, query }: RestRequest,
  { registry }: ControlPlane,
): Promise<object> => {
  const status = read(z.enum(["ACTIVE", "INACTIVE", "REVOKED"]), query.get("newStatus"));
  const certificate = findCertificate(registry, params.certificateId);
  await registry.certificates.put(certificate.id, { ...certificate, status });
  return {};
};

/** https://docs.aws.amazon.com/iot/latest/apireference/API_DeleteCertificate.html */
export const deleteCertificate = async (
  { params, query }: RestRequest,
  { registry }: ControlPlane,
): Promise<object> => {
  const { id, status, policies, things } = findCertificate(registry, params.certificateId);
  if (status === "ACTIVE") throw certificateState(`the certificate ${id} is active`);
  if (things.length > 0) throw deleteConflict(`the certificate ${id} is attached to a thing`);
  const isForced = query.get("forceDelete") === "true";
  if (policies.length > 0 && !isForced) {
    throw deleteConflict(`the certificate ${id} has policies`);
  }
  await registry.certificates.remove(id);
  return {};
};
