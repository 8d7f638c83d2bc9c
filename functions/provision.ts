import { dynamoCertificates } from "#shared/aws/device/certificateStore.ts";
import { dynamoClaimCertificates } from "#shared/aws/device/claimCertificates.ts";
import { iotClaimRegistries } from "#shared/aws/device/claimRegistry.ts";
import { dynamoDevices } from "#shared/aws/device/devices.ts";
import { dynamoProvisioning } from "#shared/aws/device/provisioning.ts";
import { iotRegistries } from "#shared/aws/device/registry.ts";
import { openTables } from "#shared/aws/platform/clients.ts";
import { applyPendingCertificates } from "#shared/device/provision/applyPendingCertificates.ts";
import { applyPendingProvisions } from "#shared/device/provision/applyPendingProvisions.ts";
import { publishEndpoint } from "#shared/device/provision/endpoints.ts";
import { provisionMarginMs, provisionTimeoutSeconds } from "#shared/device/provision/limits.ts";
import { applyPendingClaims } from "#shared/device/provision/manageClaims.ts";
import { env } from "#shared/platform/env.ts";
import { openLinks } from "./edge/links.ts";
import { count } from "./edge/metrics.ts";
import { singleRun } from "./edge/singleRun.ts";

const names = env.provision.parse(process.env);
const tables = openTables();
const here = { region: names.AWS_REGION, regions: [names.AWS_REGION] };
const [registry] = iotRegistries(here, names.DEVICE_POLICY);
const [claimRegistry] = iotClaimRegistries(here.regions, names.CLAIM_POLICY);
const { links, onError } = openLinks({ ...names, REGIONS: here.regions });
const deps = {
  devices: dynamoDevices(tables, names.DEVICES_TABLE),
  provisioning: dynamoProvisioning(tables, names.DEVICES_TABLE, names.AWS_REGION),
  certificates: dynamoCertificates(tables, names.DEVICES_TABLE, names.AWS_REGION),
  claims: dynamoClaimCertificates(tables, names.DEVICES_TABLE, names.AWS_REGION),
  registry,
  now: Date.now,
  onError,
};

const work = async (): Promise<void> => {
  const deadline = Date.now() + provisionTimeoutSeconds * 1_000 - provisionMarginMs;
  const [link] = links;
  if (link === undefined || claimRegistry === undefined) {
    throw new Error("this region is not configured");
  }
  // First the devices that may be blocked: they are few and urgent.
  const aligning = await applyPendingCertificates(deadline, { ...deps, link });
  const revoking = await applyPendingClaims(deadline, { ...deps, claimRegistry });
  const { provisioned, failed } = await applyPendingProvisions(deadline, { ...deps, link });
  count({
    DevicesProvisioned: provisioned + aligning.aligned,
    DevicesNotProvisioned: failed + aligning.failed + revoking.failed,
  });
  await publishEndpoint(deps);
};

/** Two concurrent runs would exceed the request quotas of the registry. */
export const handler = singleRun(
  { name: "provision", timeoutSeconds: provisionTimeoutSeconds, withoutLease: "fail" },
  names,
  work,
);
