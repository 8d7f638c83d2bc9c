/**
 * The endpoint of a service in this region. `AWS_ENDPOINT_URL_…` replaces it, as in the SDK:
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 */
const endpointOf = (variable: string, prefix: string): string => {
  const { AWS_REGION: region = "" } = process.env;
  const domain = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  return process.env[`AWS_ENDPOINT_URL_${variable}`] ?? `https://${prefix}.${region}.${domain}`;
};

/** Determines an endpoint at the first call: to read the environment is slow. */
export const openEndpoint = (variable: string, prefix: string): (() => string) => {
  let endpoint: string | undefined;
  return () => {
    endpoint ??= endpointOf(variable, prefix);
    return endpoint;
  };
};
