import type { ITableV2 } from "aws-cdk-lib/aws-dynamodb";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { apiTimeoutSeconds, streamSecondsMax } from "../../shared/limits.ts";
import { streamConcurrencyMax, streamMemoryMiB } from "../sizes.ts";
import { allow, allowIot } from "./allow.ts";
import { Api } from "./api.ts";
import { fn } from "./fn.ts";
import { allowIndex, type GlobalTables, globalTableIndexes } from "./globalTables.ts";
import type { Pages } from "./pages.ts";

const timeoutSeconds = apiTimeoutSeconds;

interface ServiceOptions {
  readonly tables: GlobalTables;
  /** Counts guesses at passwords. */
  readonly guesses: ITableV2;
  /** Whether everybody may make themselves a user. */
  readonly openSignUp: boolean;
  readonly pages: Pages;
}

/** What users reach over HTTPS: the API and the functions that answer it. */
export class Service extends Construct {
  readonly url: string;
  private readonly tables: GlobalTables;
  private readonly guesses: ITableV2;
  private readonly openSignUp: boolean;
  private readonly pages: Pages;

  constructor(
    scope: Construct,
    id: string,
    { tables, guesses, openSignUp, pages }: ServiceOptions,
  ) {
    super(scope, id);
    this.tables = tables;
    this.guesses = guesses;
    this.openSignUp = openSignUp;
    this.pages = pages;
    const answers = {
      accounts: this.accounts(),
      products: this.products(),
      devices: this.devices(),
      publish: this.publish(),
      stream: this.stream(),
      integrations: this.integrations(),
    };
    this.url = new Api(this, "Api", { answers, pages }).url;
  }

  private accounts(): IFunction {
    const { tables, pages, guesses, openSignUp } = this;
    const environment = {
      ACCOUNTS_TABLE: tables.accounts.tableName,
      GUESSES_TABLE: guesses.tableName,
      OPEN_SIGN_UP: openSignUp ? ("allowed" as const) : ("refused" as const),
    };
    const accounts = fn(this, "accounts", { environment, timeoutSeconds, pages });
    tables.accounts.grant(
      accounts,
      "dynamodb:GetItem",
      "dynamodb:PutItem",
      "dynamodb:UpdateItem",
      "dynamodb:DeleteItem",
    );
    allowIndex(accounts, tables.accounts, globalTableIndexes.accounts);
    guesses.grant(accounts, "dynamodb:UpdateItem", "dynamodb:DeleteItem");
    return accounts;
  }

  private products(): IFunction {
    const { tables, pages } = this;
    const environment = { ACCOUNTS_TABLE: tables.accounts.tableName };
    const products = fn(this, "products", { environment, timeoutSeconds, pages });
    tables.accounts.grant(products, "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem");
    allowIndex(products, tables.accounts, globalTableIndexes.accounts);
    return products;
  }

  private devices(): IFunction {
    const { tables, pages } = this;
    const environment = {
      ACCOUNTS_TABLE: tables.accounts.tableName,
      DEVICES_TABLE: tables.devices.tableName,
    };
    const devices = fn(this, "devices", { environment, timeoutSeconds, pages });
    tables.accounts.grant(devices, "dynamodb:GetItem");
    tables.devices.grant(devices, "dynamodb:Query");
    allowIot(devices, ["iot:GetConnection"], ["client/*"]);
    return devices;
  }

  private publish(): IFunction {
    const { tables, pages } = this;
    const environment = { ACCOUNTS_TABLE: tables.accounts.tableName };
    const publish = fn(this, "publish", { environment, timeoutSeconds, pages });
    tables.accounts.grant(publish, "dynamodb:GetItem");
    allowIot(publish, ["iot:Publish"], ["topic/events/*"]);
    return publish;
  }

  private stream(): IFunction {
    const { tables, pages } = this;
    const stream = fn(this, "stream", {
      environment: {
        ACCOUNTS_TABLE: tables.accounts.tableName,
        DEVICES_TABLE: tables.devices.tableName,
      },
      timeoutSeconds: streamSecondsMax,
      memory: streamMemoryMiB,
      concurrencyMax: streamConcurrencyMax,
      pages,
    });
    tables.accounts.grant(stream, "dynamodb:GetItem");
    tables.devices.grant(stream, "dynamodb:Query");
    allowIot(stream, ["iot:Connect"], ["client/stream-*"]);
    allowIot(stream, ["iot:Subscribe"], ["topicfilter/events/*"]);
    allowIot(stream, ["iot:Receive"], ["topic/events/*"]);
    // An account has one endpoint of a kind, and it has no resource.
    allow(stream, ["iot:DescribeEndpoint"], ["*"]);
    return stream;
  }

  private integrations(): IFunction {
    const { tables, pages } = this;
    const environment = {
      ACCOUNTS_TABLE: tables.accounts.tableName,
      DEVICES_TABLE: tables.devices.tableName,
      INTEGRATIONS_TABLE: tables.integrations.tableName,
      DEAD_LETTERS_TABLE: tables.deadLetters.tableName,
    };
    const integrations = fn(this, "integrations", { environment, timeoutSeconds, pages });
    tables.accounts.grant(integrations, "dynamodb:GetItem");
    tables.devices.grant(integrations, "dynamodb:Query");
    tables.integrations.grant(
      integrations,
      "dynamodb:Query",
      "dynamodb:GetItem",
      "dynamodb:PutItem",
      "dynamodb:DeleteItem",
    );
    tables.deadLetters.grant(integrations, "dynamodb:Query");
    return integrations;
  }
}
