/** Signing options for tests of the emulated services. */
export const credentials = { accessKeyId: "LOCALTEST", secretAccessKey: "secret" };

export const signing = (service: string, region = "us-east-1") => ({
  credentials,
  region,
  service,
});
