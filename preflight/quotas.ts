import {
  ListRequestedServiceQuotaChangeHistoryByQuotaCommand,
  paginateListAWSDefaultServiceQuotas,
  paginateListServiceQuotas,
  type ServiceQuota,
} from "@aws-sdk/client-service-quotas";
import type { Aws } from "./aws.ts";
import { pagesMax } from "./limits.ts";
import { type Finding, ok } from "./row.ts";

/** A quota as Service Quotas lists it. */
export interface WantedQuota {
  /** Code of the service, for example `lambda`. */
  readonly service: string;
  /** The quota's name in Service Quotas. Its code comes from the response. */
  readonly name: RegExp;
}

interface Compared {
  readonly check: string;
  readonly wanted: WantedQuota;
  /** The value that the deployment needs; without it the finding only reports the quota. */
  readonly needed: number | undefined;
  /** Explanation of `needed`. */
  readonly because?: string;
}

/** The quotas of a region. Each service is listed once. */
export interface Quotas {
  /** Compares a quota with what the deployment needs. */
  compare(compared: Compared, signal: AbortSignal): Promise<Finding>;
  /** The command that requests a higher quota, or what to do if no request is possible. */
  request(wanted: WantedQuota, value: number, signal: AbortSignal): Promise<string>;
}

export const openQuotas = (aws: Aws): Quotas => {
  const listed = new Map<string, Promise<ServiceQuota[]>>();
  const find = async (
    { service, name }: WantedQuota,
    signal: AbortSignal,
  ): Promise<ServiceQuota | undefined> => {
    const list = listed.get(service) ?? listQuotas(aws, service, signal);
    listed.set(service, list);
    return (await list).find(({ QuotaName = "" }) => name.test(QuotaName));
  };
  const quotas: Quotas = {
    async compare({ check, wanted, needed, because }, signal) {
      const quota = await find(wanted, signal);
      const need = needed === undefined ? "" : `${format(needed)}${because ? ` (${because})` : ""}`;
      if (quota?.Value === undefined) {
        const action = `Look up the quota in the Service Quotas console, service ${wanted.service}.`;
        return { check, found: "not listed", needed: need, result: "unknown", action };
      }
      const found = format(quota.Value);
      if (needed === undefined || quota.Value >= needed) return ok(check, found, need);
      const action = await quotas.request(wanted, needed, signal);
      return { check, found, needed: need, result: "fail", action };
    },
    async request(wanted, value, signal) {
      const quota = await find(wanted, signal);
      const { QuotaCode: code, Adjustable: isAdjustable } = quota ?? {};
      if (code === undefined) {
        return `Ask AWS Support for a higher quota of ${wanted.service} in ${aws.region}.`;
      }
      if (isAdjustable === false) {
        return `AWS does not raise ${quota?.QuotaName} by a request: ask AWS Support.`;
      }
      const pending = await pendingRequest(aws, wanted.service, code, signal);
      if (pending !== undefined && pending >= value) {
        return `A quota of ${format(pending)} is requested already: wait for AWS, then repeat the command.`;
      }
      return `aws service-quotas request-service-quota-increase --service-code ${wanted.service} --quota-code ${code} --desired-value ${Math.ceil(value)} --region ${aws.region}`;
    },
  };
  return quotas;
};

const format = (value: number): string => Math.ceil(value).toLocaleString("en-US");

/**
 * The quotas of the account, completed by the defaults of those that have no value of their own.
 */
const listQuotas = async (
  { serviceQuotas: client }: Aws,
  ServiceCode: string,
  abortSignal: AbortSignal,
): Promise<ServiceQuota[]> => {
  const config = { client, pageSize: 100 };
  const all: ServiceQuota[] = [];
  let pages = 0;
  for await (const { Quotas = [] } of paginateListServiceQuotas(
    config,
    { ServiceCode },
    { abortSignal },
  )) {
    all.push(...Quotas);
    pages += 1;
    if (pages === pagesMax) break;
  }
  const known = new Set(all.map(({ QuotaCode }) => QuotaCode));
  for await (const { Quotas = [] } of paginateListAWSDefaultServiceQuotas(
    config,
    { ServiceCode },
    { abortSignal },
  )) {
    all.push(...Quotas.filter(({ QuotaCode }) => !known.has(QuotaCode)));
    pages += 1;
    if (pages >= 2 * pagesMax) break;
  }
  return all;
};

/** The value of a request that AWS has not decided, or `undefined`. */
const pendingRequest = async (
  { serviceQuotas }: Aws,
  ServiceCode: string,
  QuotaCode: string,
  abortSignal: AbortSignal,
): Promise<number | undefined> => {
  const command = new ListRequestedServiceQuotaChangeHistoryByQuotaCommand({
    ServiceCode,
    QuotaCode,
  });
  const { RequestedQuotas = [] } = await serviceQuotas.send(command, { abortSignal });
  return RequestedQuotas.find(({ Status }) => Status === "PENDING" || Status === "CASE_OPENED")
    ?.DesiredValue;
};
