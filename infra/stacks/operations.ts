import { Stack, type StackProps } from "aws-cdk-lib";
import type { SpecRestApi } from "aws-cdk-lib/aws-apigateway";
import type { Construct } from "constructs";
import { watchedRegion } from "../../shared/paging/ring.ts";
import { globalTables } from "../constructs/globalTables.ts";
import { Canary } from "../constructs/operations/canary.ts";
import { Notices } from "../constructs/operations/notices.ts";
import { StatusPage } from "../constructs/operations/statusPage.ts";
import { Watcher, type WatcherSettings } from "../constructs/operations/watcher.ts";
import type { Pages } from "../constructs/pages.ts";
import type { StatusPageSettings } from "../statusPageSettings.ts";
import { edgeStackName } from "./edge.ts";
import { edgePagesRegion, edgePagesStackName } from "./edgePages.ts";
import { apiStackName } from "./restApi.ts";

interface OperationsProps extends StackProps {
  /** The receivers of pages, and what pages contain. */
  readonly paging: WatcherSettings;
  /** The REST API of the region, if a canary uses it. */
  readonly canary: { readonly rest: SpecRestApi; readonly batchSeconds: number } | undefined;
  readonly pages: Pages;
  /** The URL of the REST API of the region. */
  readonly apiUrl: string;
  /** All regions of the deployment. */
  readonly regions: readonly string[];
  readonly statusPage: StatusPageSettings;
  /** Whether the deployment has a domain name, with stacks of its own. */
  readonly hasDomain: boolean;
}

/** The name of the stack with the operations of a region. */
export const operationsStackName = (region: string): string => `Godwit-Operations-${region}`;

/** The functions of a region that watch the deployment. No device and no user waits for them. */
export class Operations extends Stack {
  constructor(
    scope: Construct,
    id: string,
    { canary, paging, pages, regions, apiUrl, statusPage, hasDomain, ...props }: OperationsProps,
  ) {
    super(scope, id, props);
    const tables = globalTables(this, regions);
    const watched = watchedRegion(this.region, regions);
    new Watcher(this, "Watcher", {
      ...paging,
      watchedStacks: [
        `Godwit-Region-${watched}`,
        apiStackName(watched),
        operationsStackName(watched),
        ...(hasDomain ? [edgeStackName(watched)] : []),
        ...(hasDomain && watched === edgePagesRegion ? [edgePagesStackName] : []),
      ],
      // Without a region there, the first watcher also watches its alarms.
      edge:
        hasDomain && !regions.includes(edgePagesRegion) && this.region === regions[0]
          ? { region: edgePagesRegion, stack: edgePagesStackName }
          : undefined,
      tables,
      pages,
      regions,
      apiUrl,
    });
    const { url } = new StatusPage(this, "StatusPage", {
      tables,
      pages,
      regions,
      settings: statusPage,
    });
    const page = { title: statusPage.title, url };
    const { mailFrom } = paging;
    new Notices(this, "Notices", { tables, mailFrom, page, pages, regions });
    if (canary !== undefined) new Canary(this, "Canary", { ...canary, tables, pages, regions });
  }
}
