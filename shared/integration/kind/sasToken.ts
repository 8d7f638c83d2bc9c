import { createHmac } from "node:crypto";
import type { Token } from "./kind.ts";
import { sasTokenSeconds } from "./limits.ts";

interface Signer {
  /** The resource that the token grants access to: a host name, or a URL prefix. */
  readonly resource: string;
  /** The name of the policy whose key signs. */
  readonly name: string;
  /** The key as bytes. */
  readonly key: Uint8Array;
}

/**
 * Creates an Azure shared access signature, valid for `sasTokenSeconds`. `now` in milliseconds
 * since 1970. https://learn.microsoft.com/rest/api/eventhub/generate-sas-token
 */
export const sasToken = ({ resource, name, key }: Signer, now: number): Token => {
  const encoded = encodeURIComponent(resource);
  const expiry = Math.floor(now / 1_000) + sasTokenSeconds;
  const signature = createHmac("sha256", key).update(`${encoded}\n${expiry}`).digest("base64");
  const fields = `sr=${encoded}&sig=${encodeURIComponent(signature)}&se=${expiry}`;
  return {
    text: `SharedAccessSignature ${fields}&skn=${encodeURIComponent(name)}`,
    until: expiry * 1_000,
  };
};
