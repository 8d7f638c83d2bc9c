import { afterEach, expect, it, vi } from "vitest";
import { endpointOf } from "#shared/aws/call/endpoint.ts";

afterEach(() => void vi.unstubAllEnvs());

it("the endpoint of a service is its own variable, that of all services, or the region's", () => {
  vi.stubEnv("AWS_ENDPOINT_URL", undefined);
  vi.stubEnv("AWS_ENDPOINT_URL_KMS", undefined);
  expect(endpointOf("KMS", "kms", "eu-west-1")).toBe("https://kms.eu-west-1.amazonaws.com");
  vi.stubEnv("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
  expect(endpointOf("KMS", "kms", "eu-west-1")).toBe("http://127.0.0.1:1");
  vi.stubEnv("AWS_ENDPOINT_URL_KMS", "http://127.0.0.1:2");
  expect(endpointOf("KMS", "kms", "eu-west-1")).toBe("http://127.0.0.1:2");
});

it("an empty variable has no effect", () => {
  vi.stubEnv("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
  vi.stubEnv("AWS_ENDPOINT_URL_KMS", "");
  expect(endpointOf("KMS", "kms", "eu-west-1")).toBe("http://127.0.0.1:1");
  vi.stubEnv("AWS_ENDPOINT_URL", "");
  expect(endpointOf("KMS", "kms", "eu-west-1")).toBe("https://kms.eu-west-1.amazonaws.com");
});
