import type { GatewayRoute } from "../routes/table.ts";

/**
 * The operations of Particle's API, by path. All others are extensions of Godwit.
 * https://docs.particle.io/reference/cloud-apis/api/
 */
const particle: Readonly<Record<string, readonly GatewayRoute["method"][]>> = {
  "/oauth/token": ["POST"],
  "/v1/users": ["POST"],
  "/v1/user": ["GET", "PUT", "DELETE"],
  "/v1/user/password-reset": ["POST"],
  "/v1/user/mfa-enable": ["GET", "POST"],
  "/v1/user/mfa-disable": ["PUT"],
  "/v1/access_tokens": ["GET", "DELETE"],
  "/v1/access_tokens/current": ["GET", "DELETE"],
  "/v1/access_tokens/{token}": ["DELETE"],
  "/v1/clients": ["GET", "POST"],
  "/v1/clients/{client}": ["PUT", "DELETE"],
  "/v1/products/{product}/clients": ["GET", "POST"],
  "/v1/products/{product}/clients/{client}": ["PUT", "DELETE"],
  "/v1/orgs": ["GET"],
  "/v1/products": ["GET"],
  "/v1/products/{product}": ["GET"],
  "/v1/user/products": ["GET", "POST"],
  "/v1/products/{product}/team": ["GET", "POST"],
  "/v1/products/{product}/team/{username}": ["PUT", "DELETE"],
  "/v1/products/{product}/team/{username}/token": ["PUT"],
  "/v1/devices": ["GET", "POST"],
  "/v1/devices/{device}": ["GET", "PUT", "DELETE"],
  "/v1/devices/{device}/ping": ["PUT"],
  "/v1/devices/{device}/{name}": ["GET", "POST"],
  "/v1/products/{product}/devices": ["GET", "POST"],
  "/v1/products/{product}/devices/{device}": ["GET", "PUT", "DELETE"],
  "/v1/products/{product}/devices/{device}/ping": ["PUT"],
  "/v1/products/{product}/devices/{device}/{name}": ["GET", "POST"],
  "/v1/products/{product}/firmware": ["GET", "POST"],
  "/v1/products/{product}/firmware/release": ["PUT"],
  "/v1/products/{product}/firmware/{version}": ["GET", "PUT", "DELETE"],
  "/v1/products/{product}/firmware/{version}/binary": ["GET"],
  "/v1/device_claims": ["POST"],
  "/v1/products/{product}/device_claims": ["POST"],
  "/v1/devices/events": ["GET", "POST"],
  "/v1/devices/events/{prefix+}": ["GET"],
  "/v1/devices/{device}/events": ["GET"],
  "/v1/devices/{device}/events/{prefix+}": ["GET"],
  "/v1/events/{prefix+}": ["GET"],
  "/v1/products/{product}/events": ["GET", "POST"],
  "/v1/products/{product}/events/{prefix+}": ["GET"],
  "/v1/products/{product}/devices/{device}/events": ["GET"],
  "/v1/products/{product}/devices/{device}/events/{prefix+}": ["GET"],
  "/v1/integrations": ["GET", "POST"],
  "/v1/integrations/{integration}": ["GET", "PUT", "DELETE"],
  "/v1/integrations/{integration}/test": ["POST"],
  "/v1/webhooks": ["GET", "POST"],
  "/v1/webhooks/{integration}": ["GET", "DELETE"],
  "/v1/products/{product}/integrations": ["GET", "POST"],
  "/v1/products/{product}/integrations/{integration}": ["GET", "PUT", "DELETE"],
  "/v1/products/{product}/integrations/{integration}/test": ["POST"],
  "/v1/products/{product}/webhooks": ["GET", "POST"],
  "/v1/products/{product}/webhooks/{integration}": ["GET", "DELETE"],
};

/** Whether an operation is of Particle's API, or an extension of Godwit. */
export const originOf = ({ method, path }: Pick<GatewayRoute, "method" | "path">) =>
  particle[path]?.includes(method) ? "particle" : "godwit";

/** The operations that `originOf` ascribes to Particle. */
export const particleOperations: readonly string[] = Object.entries(particle).flatMap(
  ([path, methods]) => methods.map((method) => `${method} ${path}`),
);
