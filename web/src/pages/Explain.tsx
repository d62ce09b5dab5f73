import { useState } from "react";
import { Button, Input, Label, SearchField } from "react-aria-components";
import { Link, useNavigate, useParams } from "react-router";

import type { Explanation, Maybe } from "../api/types";
import { paths, refOfId } from "../lib/paths";
import { Facts, PageHeader, Panel } from "../ui/layout";
import { ClassBadge, MechanismBadge } from "../ui/Mark";
import { Empty } from "../ui/states";
import { Unknown } from "../ui/values";
import { CoverageNote } from "./CoverageNote";
import { Explained } from "./explain/Explained";
import { Roots } from "./explain/Roots";

/** Who is behind an id, whatever it is the id of. */
export function ExplainPage() {
  const id = useParams()["*"] ?? "";
  return (
    <>
      <title>{id === "" ? "Explain · Podtrail" : `Explain ${id} · Podtrail`}</title>
      <PageHeader title="Explain" lead={id === "" ? "Who is behind a call, credentials or a workload, and what shows it." : <span className="mono break">{id}</span>} />
      <Ask key={id} id={id} />
      {id === "" ? (
        <Empty title="Give an id to explain" command="podtrail explain EVENT_ID">
          The id of an event, an access key (<code>ASIA…</code>), a session, or a workload (<code>cluster/namespace/serviceaccount</code>). The answer is the
          chain from the pod to the call: each step with the event that shows it, how far it can be trusted, and what would make it stronger.
        </Empty>
      ) : (
        <Panel title="Explanation" note="Each step with the event that shows it">
          <Explained id={id} before={Summary} after={Foot} />
        </Panel>
      )}
    </>
  );
}

function Ask({ id }: { id: string }) {
  const [text, setText] = useState(id);
  const navigate = useNavigate();
  const go = () => {
    if (text.trim() !== "") void navigate(paths.explain(text.trim()));
  };
  return (
    <search className="filters" aria-label="Explain an id">
      <SearchField className="filter filter-long" value={text} onChange={setText} onSubmit={go}>
        <Label>Event id, access key, session or workload</Label>
        <Input placeholder="ASIA… or cluster/namespace/serviceaccount" />
      </SearchField>
      <Button className="button" onPress={go}>
        Explain
      </Button>
    </search>
  );
}

function Summary({ explanation }: { explanation: Explanation }) {
  const { workload } = explanation;
  const ref = workload == null ? undefined : refOfId(workload.id);
  return (
    <Facts
      items={[
        ["About", <Subject key="about" explanation={explanation} />, "wide"],
        ["Workload", ref === undefined ? <Unknown key="workload" /> : <Link key="workload" to={paths.workload(ref)}>{workload?.id}</Link>, "wide"],
        ["Workload trust", <ClassBadge key="class" value={explanation.workload_class} />],
        ["Pod", <Pod key="pod" name={explanation.pod} />],
        ["Pod trust", <ClassBadge key="podclass" value={explanation.pod_class} />],
        ["Mechanism", <MechanismBadge key="mechanism" value={explanation.mechanism} />],
      ]}
    />
  );
}

function Foot({ explanation }: { explanation: Explanation }) {
  return (
    <>
      <Roots explanation={explanation} />
      <CoverageNote coverage={explanation.coverage} />
    </>
  );
}

function Pod({ name }: { name: Maybe<string> }) {
  return name == null ? <Unknown /> : <span className="mono">{name}</span>;
}

function Subject({ explanation: { subject } }: { explanation: Explanation }) {
  if (subject.kind === "event") return <Link to={paths.event(subject.id)}>{subject.title}</Link>;
  if (subject.kind === "session") return <Link to={paths.session(subject.id)}>{subject.title}</Link>;
  const ref = refOfId(subject.id);
  return ref === undefined ? <>{subject.title}</> : <Link to={paths.workload(ref, "explain")}>{subject.title}</Link>;
}
