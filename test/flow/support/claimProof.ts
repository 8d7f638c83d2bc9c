import { createPrivateKey, sign } from "node:crypto";
import type { apiClient } from "./client.ts";

/** The proof for a claim: a claim code of the caller, signed with the key of the device. */
export const claimProof = async (
  ask: ReturnType<typeof apiClient>,
  { id, privateKey }: { id: string; privateKey: string },
): Promise<{ id: string; claim_code: string; signature: string }> => {
  const { body } = await ask("POST", "/v1/device_claims");
  const text = `godwit-claim:${id}:${body.claim_code}`;
  const signature = sign("sha256", Buffer.from(text), createPrivateKey(privateKey));
  return { id, claim_code: body.claim_code, signature: signature.toString("base64") };
};
