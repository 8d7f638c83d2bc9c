import type { TargetRequest } from "../../target/target.ts";
import type { Integration } from "../model/integration.ts";
import { isSecretField, schemePattern } from "./isSecretField.ts";

/** Texts that must not be shown although a target may repeat them. */
export interface SecretTexts {
  /** Secrets, and their forms in requests. */
  readonly secrets: readonly string[];
  /** User names: shown in settings, but masked in replies. */
  readonly names: readonly string[];
}

/**
 * Collects the secrets of an integration: complete, in usable parts, and as rendered in the request
 * that was `sent`. Settings in `given`, which the caller has just sent, are skipped.
 */
export const collectSecrets = (
  integration: Integration,
  { sent, given = [] }: { sent?: TargetRequest | undefined; given?: readonly string[] },
): SecretTexts => {
  const kept = (name: string): boolean => !given.includes(name);
  const { signing } = integration;
  const signingKeys = [signing?.secret, signing?.former?.secret].flatMap((secret) =>
    secret === undefined ? [] : [secret, secret.replace(/^whsec_/, "")],
  );
  const { secrets, names } = kindSecrets(integration, { sent, kept });
  return { secrets: [...new Set([...signingKeys, ...secrets.flatMap(partsOf)])], names };
};

interface Asked {
  readonly sent: TargetRequest | undefined;
  readonly kept: (name: string) => boolean;
}

const kindSecrets = (integration: Integration, asked: Asked): SecretTexts => {
  switch (integration.kind) {
    case "Webhook":
      return webhookSecrets(integration, asked);
    case "AzureIotHub":
      return { secrets: asked.kept("policy_key") ? [integration.policy_key] : [], names: [] };
    case "GoogleCloudPubSub": {
      const { private_key: key } = integration.service_account_key;
      const lines = key.split("\n").filter((line) => !line.startsWith("-----"));
      return { secrets: asked.kept("service_account_key") ? [key, ...lines] : [], names: [] };
    }
    default:
      return {
        secrets: asked.kept("secret_access_key") ? [integration.secret_access_key] : [],
        names: [],
      };
  }
};

const webhookSecrets = (
  { headers = {}, auth, azure_sas_token: sas }: Extract<Integration, { kind: "Webhook" }>,
  { sent, kept }: Asked,
): SecretTexts => {
  const secretHeaders = kept("headers")
    ? Object.entries(headers).filter(([name, value]) => isSecretField(name, value))
    : [];
  const filled = secretHeaders.flatMap(([name]) => sent?.headers[name.toLowerCase()] ?? []);
  const isAuthKept = auth !== undefined && kept("auth");
  const basic = isAuthKept
    ? [
        auth.password,
        Buffer.from(`${auth.username}:${auth.password}`).toString("base64"),
        sent?.headers.authorization ?? "",
        ...(auth.password === "" ? [auth.username] : []),
      ]
    : [];
  return {
    secrets: [
      ...secretHeaders.map(([, value]) => value),
      ...filled,
      ...basic,
      ...(sas !== undefined && kept("azure_sas_token") ? [sas.key] : []),
    ],
    names: isAuthKept ? [auth.username] : [],
  };
};

/**
 * Returns a secret and its parts: the text after a scheme, values of fields, and the user name and
 * password of HTTP Basic.
 */
const partsOf = (secret: string): string[] => {
  const rest = secret.replace(schemePattern, "").trim();
  const fields = rest
    .split(/[\s,;&]+/)
    .map((part) => part.replace(/^[\w.-]+=(?=[^=])/, "").replace(/^["']|["']$/g, ""))
    .filter((part) => part.length >= partCharsMin);
  const basic = /^\s*basic\s/i.test(secret) ? Buffer.from(rest, "base64").toString() : "";
  const password = basic.slice(basic.indexOf(":") + 1);
  return [secret, rest, ...fields, basic, ...(basic.includes(":") ? [password] : [])];
};

/** Shorter parts occur by chance. */
const partCharsMin = 6;
