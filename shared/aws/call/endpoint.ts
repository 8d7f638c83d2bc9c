/**
 * The endpoint of a service in this region. `AWS_ENDPOINT_URL_…` replaces it, as in the SDK:
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 */
export const endpointOf = (variable: string, prefix: string): string => {
  const { AWS_REGION: region = "" } = process.env;
  const domain = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  return process.env[`AWS_ENDPOINT_URL_${variable}`] ?? `https://${prefix}.${region}.${domain}`;
};
