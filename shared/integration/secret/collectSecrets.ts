import type { TargetRequest } from "../../target/target.ts";
import type { Integration } from "../model/integration.ts";
import { isSecretField, schemePattern } from "./isSecretField.ts";

/** Texts that a target may repeat and nobody may see. */
export interface SecretTexts {
  /** Secrets, and what requests carry in their place. */
  readonly secrets: readonly string[];
  /** Names that are shown with the settings, but that a target's reply does not show. */
  readonly names: readonly string[];
}

/**
 * The secrets of an integration, in full and in the parts that somebody could use, and what they became in a request. `given`
 * are the settings that whoever looks has just said.
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

/** A secret, and its parts: what follows a scheme, values of fields, and the name and password of HTTP Basic. */
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

/** A shorter part is too common a text. */
const partCharsMin = 6;
