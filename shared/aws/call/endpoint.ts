/**
 * The endpoint of a service in this region, or in another one if given. `AWS_ENDPOINT_URL_…` or
 * `AWS_ENDPOINT_URL` replaces it, as in the SDK:
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 */
export const endpointOf = (
  variable: string,
  prefix: string,
  region = process.env.AWS_REGION ?? "",
): string => {
  const domain = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  return givenEndpoint(variable) ?? `https://${prefix}.${region}.${domain}`;
};

/**
 * The endpoint of a service in the environment. An empty variable counts as absent, as in the SDK.
 */
export const givenEndpoint = (variable: string): string | undefined =>
  process.env[`AWS_ENDPOINT_URL_${variable}`] || process.env.AWS_ENDPOINT_URL || undefined;

/** Determines an endpoint at the first call: to read the environment is slow. */
export const openEndpoint = (variable: string, prefix: string, region?: string): (() => string) => {
  let endpoint: string | undefined;
  return () => {
    endpoint ??= endpointOf(variable, prefix, region);
    return endpoint;
  };
};
