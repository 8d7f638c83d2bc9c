import { useState } from "preact/hooks";
import type { ApiRequest } from "../../api/apiRequest.ts";
import { fleetPath } from "../../api/fleet.ts";
import type { UsageLimitBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { product, urlOf } from "../../route/router.ts";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { Confirm } from "../../ui/confirm.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Field, Select } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { number } from "../../ui/format.ts";
import { LoadState } from "../../ui/loadState.tsx";
import { Table } from "../../ui/table.tsx";
import { Text } from "../../ui/text.tsx";
import { toast } from "../../ui/toast.tsx";

const renewMs = 60_000;

const actions = [
  ["notify", "Notify only"],
  ["slow", "Slow down the culprit"],
  ["park", "Park deliveries"],
] as const;

/** The limits of usage: how far each is used, and when it is reached. */
export const Limits = () => {
  const list: ApiRequest = { method: "GET", path: fleetPath("/usage/limits") };
  const { data, error, reload } = useLoaded(
    list.path,
    (signal) => request<{ limits: readonly UsageLimitBody[] }>(list, signal),
    { everyMs: renewMs },
  );
  return (
    <Card title="Limits">
      <LoadState data={data} error={error} reload={reload} />
      {data?.limits.length === 0 && (
        <p class="hint">There are no limits: nothing is slowed down or held back for its usage.</p>
      )}
      {data !== undefined && data.limits.length > 0 && (
        <LimitTable limits={data.limits} reload={reload} />
      )}
      <div class="actions">
        <NewLimit reload={reload} />
        <Curl action="List limits" request={list} />
      </div>
    </Card>
  );
};

interface LimitsProps {
  readonly limits: readonly UsageLimitBody[];
  reload(): Promise<void>;
}

const LimitTable = ({ limits, reload }: LimitsProps) => (
  <Table
    label="Limits"
    rows={limits}
    keyOf={({ id }) => id}
    columns={[
      { title: "Limit", cell: (limit) => <Target limit={limit} /> },
      {
        title: "Used",
        isNumber: true,
        cell: ({ used, limit, percent }) => `${number(used)} of ${number(limit)} (${percent} %)`,
      },
      { title: "Forecast", cell: forecastOf },
      { title: "At the limit", cell: actionOf },
      {
        title: "Change",
        cell: (limit) => (
          <div class="actions">
            <EditLimit limit={limit} reload={reload} />
            <RemoveLimit limit={limit} reload={reload} />
          </div>
        ),
      },
    ]}
  />
);

const Target = ({ limit: { scope, target, name, period } }: { limit: UsageLimitBody }) => {
  const folder = scope === "device" ? "/devices" : "/integrations";
  return (
    <>
      {name !== null && (
        <>
          <Text value={name} />{" "}
        </>
      )}
      {scope}
      {target !== null && (
        <>
          {" "}
          <a href={urlOf(`${folder}/${target}`)}>{target}</a>
        </>
      )}
      {` by ${period}`}
    </>
  );
};

const minutes = (iso: string): string => `${iso.slice(0, 16).replace("T", " ")} UTC`;

const forecastOf = ({ used, limit, expected, reached_at: at }: UsageLimitBody): string => {
  if (used >= limit) return "reached";
  return at === null ? `${number(expected)} at the end` : `reached ${minutes(at)}`;
};

const actionOf = ({ action, in_force: isInForce, period_ends: end }: UsageLimitBody): string => {
  const text = actions.find(([name]) => name === action)?.[1] ?? action;
  return isInForce ? `${text}: in force until ${minutes(end)}` : text;
};

const scopes = () =>
  product.value === undefined
    ? ([["fleet", "All devices"]] as const)
    : ([["product", "All devices of the product"]] as const);

const NewLimit = ({ reload }: { reload(): Promise<void> }) => {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>New limit…</Button>
      {isOpen && (
        <Dialog title="New limit" onClose={() => setOpen(false)}>
          <NewLimitForm
            done={async () => {
              setOpen(false);
              await reload();
            }}
          />
        </Dialog>
      )}
    </>
  );
};

const NewLimitForm = ({ done }: { done(): Promise<void> }) => {
  const own = scopes();
  const [scope, setScope] = useState<string>(own[0][0]);
  const [target, setTarget] = useState("");
  const [period, setPeriod] = useState("month");
  const [limit, setLimit] = useState("");
  const [action, setAction] = useState("notify");
  const [name, setName] = useState("");
  const needsTarget = scope === "device" || scope === "integration";
  const body = {
    ...{ scope, period, limit, action },
    ...(needsTarget && { target }),
    ...(name !== "" && { name }),
  };
  const create: ApiRequest = { method: "POST", path: fleetPath("/usage/limits"), body };
  return (
    <Form
      submit="Create"
      actions={<Curl action="Create this limit" request={create} />}
      onSubmit={async () => {
        await request(create);
        toast("The limit is created.");
        await done();
      }}
    >
      <Select
        label="Of"
        value={scope}
        options={[...own, ["device", "One device"], ["integration", "One integration"]]}
        onChange={setScope}
      />
      {needsTarget && (
        <Field
          label={scope === "device" ? "Id or name of the device" : "Id of the integration"}
          value={target}
          required
          onInput={setTarget}
        />
      )}
      <Select
        label="Period (UTC)"
        value={period}
        options={[
          ["month", "Calendar month"],
          ["day", "Day"],
        ]}
        onChange={setPeriod}
      />
      <Settings {...{ scope, limit, setLimit, action, setAction, name, setName }} />
    </Form>
  );
};

interface SettingsProps {
  readonly scope: string;
  readonly limit: string;
  setLimit(limit: string): void;
  readonly action: string;
  setAction(action: string): void;
  readonly name: string;
  setName(name: string): void;
}

const Settings = (props: SettingsProps) => (
  <>
    <Field
      label={props.scope === "integration" ? "Deliveries" : "Data operations"}
      value={props.limit}
      required
      maxLength={13}
      hint="Notices are sent at 50, 70, 90 and 100 %, and when a forecast exceeds the limit."
      onInput={props.setLimit}
    />
    <Select
      label="At the limit"
      value={props.action}
      options={actions}
      onChange={props.setAction}
    />
    <p class="hint">
      Nothing is dropped: slowed deliveries wait, and parked ones are dead letters, which you can
      replay.
    </p>
    <Field label="Name" value={props.name} maxLength={100} onInput={props.setName} />
  </>
);

interface LimitProps {
  readonly limit: UsageLimitBody;
  reload(): Promise<void>;
}

const pathOf = ({ id }: UsageLimitBody): string => fleetPath(`/usage/limits/${id}`);

const EditLimit = ({ limit, reload }: LimitProps) => {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button kind="quiet" onClick={() => setOpen(true)}>
        Edit…
      </Button>
      {isOpen && (
        <Dialog title="Edit the limit" onClose={() => setOpen(false)}>
          <EditLimitForm
            limit={limit}
            done={async () => {
              setOpen(false);
              await reload();
            }}
          />
        </Dialog>
      )}
    </>
  );
};

interface EditLimitFormProps {
  /** As it is when the dialog opens. */
  readonly limit: UsageLimitBody;
  done(): Promise<void>;
}

const EditLimitForm = ({ limit: before, done }: EditLimitFormProps) => {
  const [limit, setLimit] = useState(String(before.limit));
  const [action, setAction] = useState<string>(before.action);
  const [name, setName] = useState(before.name ?? "");
  const body = { limit, action, ...(name !== "" && { name }) };
  const change: ApiRequest = { method: "PUT", path: pathOf(before), body };
  const { scope } = before;
  return (
    <Form
      submit="Save"
      actions={<Curl action="Change this limit" request={change} />}
      onSubmit={async () => {
        await request(change);
        toast("Saved.");
        await done();
      }}
    >
      <Settings {...{ scope, limit, setLimit, action, setAction, name, setName }} />
    </Form>
  );
};

const RemoveLimit = ({ limit, reload }: LimitProps) => {
  const remove: ApiRequest = { method: "DELETE", path: pathOf(limit) };
  return (
    <Confirm
      action="Delete"
      title="Delete the limit?"
      opener="quiet"
      request={remove}
      run={async () => {
        await request(remove);
        toast("The limit is deleted.");
        await reload();
      }}
    >
      <p>
        Its usage is not limited any more, and there are no further notices. What it parked stays in
        the dead letters.
      </p>
    </Confirm>
  );
};
