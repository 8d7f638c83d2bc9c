import * as z from "zod/mini";
import { comparedTypes, type TemplateResource } from "../../../paging/drift/deployment.ts";
import { openQueryCaller } from "../../call/queryCaller.ts";
import { textsOf } from "../../call/xml.ts";
import { standardRetry } from "../../platform/clients.ts";

const template = z.object({
  Resources: z.record(
    z.string(),
    z.object({
      Type: z.string(),
      Properties: z.optional(z.record(z.string(), z.unknown())),
    }),
  ),
});

const service = { name: "cloudformation", version: "2010-05-15" } as const;

/** The pages of `ListStackResources`: CloudFormation's maximum of 500 resources, and some more. */
const pagesMax = 20;

/**
 * The resources of a stack that belong to the path of pages: from its current template, with the
 * names that CloudFormation has given them.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_GetTemplate.html
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStackResources.html
 */
export const readStack = async (stack: string, region: string): Promise<TemplateResource[]> => {
  const call = openQueryCaller(service, standardRetry, region);
  const [body = ""] = textsOf(await call("GetTemplate", { StackName: stack }), "TemplateBody");
  const { Resources } = template.parse(JSON.parse(body));
  const ids = new Map<string, string>();
  let NextToken: string | undefined;
  let pages = 0;
  do {
    const xml = await call("ListStackResources", {
      StackName: stack,
      ...(NextToken !== undefined && { NextToken }),
    });
    for (const [, member = ""] of xml.matchAll(/<member>(.*?)<\/member>/gs)) {
      const [logicalId] = textsOf(member, "LogicalResourceId");
      const [physicalId] = textsOf(member, "PhysicalResourceId");
      const [status] = textsOf(member, "ResourceStatus");
      if (logicalId === undefined || physicalId === undefined) continue;
      if (status !== "DELETE_COMPLETE") ids.set(logicalId, physicalId);
    }
    [NextToken] = textsOf(xml, "NextToken");
    pages += 1;
    if (pages > pagesMax) throw new Error(`${stack} has more than ${pagesMax} pages of resources`);
  } while (NextToken !== undefined);
  return Object.entries(Resources).flatMap(([logicalId, { Type, Properties = {} }]) => {
    const type = comparedTypes.find((each) => each === Type);
    return type === undefined
      ? []
      : [{ logicalId, type, properties: Properties, physicalId: ids.get(logicalId) }];
  });
};
