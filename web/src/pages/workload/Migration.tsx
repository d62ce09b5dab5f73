import { useQuery } from "@tanstack/react-query";

import { migrationQuery } from "../../api/queries";
import type { Migration } from "../../api/types";
import { plural } from "../../lib/format";
import { documentText } from "../../lib/policy";
import { DiffView } from "../../ui/Code";
import { CommandBlock, DocumentActions, DocumentBlock } from "../../ui/Command";
import { Panel } from "../../ui/layout";
import { Shape } from "../../ui/Mark";
import { OUTCOME_MARK } from "../../ui/marks";
import { Notes, Prose } from "../../ui/Prose";
import { ScrollTable } from "../../ui/ScrollTable";
import { ProblemBox, Skeleton } from "../../ui/states";
import { Arn, CopyButton } from "../../ui/values";
import { useWorkload } from "./Workload";

/** How an IRSA workload moves to EKS Pod Identity without a moment without credentials. */
export function MigrationTab() {
  const { path } = useWorkload();
  const plan = useQuery(migrationQuery(path));
  if (plan.error !== null) return <ProblemBox error={plan.error} retry={() => void plan.refetch()} />;
  if (plan.isPending) return <Skeleton lines={10} />;
  return <Plan plan={plan.data} />;
}

function Plan({ plan }: { plan: Migration }) {
  return (
    <>
      <Verdict plan={plan} />
      {plan.steps.length > 0 && (
        <Panel title="Steps" note="In this order">
          <Steps plan={plan} />
        </Panel>
      )}
      {plan.association != null && (
        <Panel title="The association" note="As CreatePodIdentityAssociation takes it">
          <DocumentBlock document={plan.association} label="Association" file="association.json" />
          {plan.terraform != null && (
            <details className="more">
              <summary>The same as Terraform</summary>
              <CommandBlock text={plan.terraform} label="Terraform" />
            </details>
          )}
        </Panel>
      )}
      <Trust plan={plan} />
      <After plan={plan} />
      {plan.notes.length > 0 && (
        <Panel title="To know">
          <Notes notes={plan.notes} />
        </Panel>
      )}
    </>
  );
}

function Verdict({ plan }: { plan: Migration }) {
  return (
    <div className="verdict">
      <Shape mark={plan.possible ? OUTCOME_MARK.ok : OUTCOME_MARK.error} />
      <div>
        <p>
          <strong>{plan.possible ? "It can move to EKS Pod Identity" : "It cannot move as it is"}</strong>
          {plan.role_arn != null && (
            <>
              , with the role <Arn arn={plan.role_arn} max={60} copy />
            </>
          )}
        </p>
        {plan.blockers.length > 0 && (
          <Notes notes={plan.blockers} label="What stands in the way" />
        )}
      </div>
    </div>
  );
}

function Steps({ plan }: { plan: Migration }) {
  return (
    <ol className="steps" aria-label="Steps, in order">
      {plan.steps.map((step, index) => (
        <li key={step.title}>
          <h3>
            <span className="step-number">{index + 1}</span> {step.title}
          </h3>
          <p>
            <Prose text={step.why} />
          </p>
          {step.command != null && <CommandBlock text={step.command} label={`Command of step ${index + 1}`} />}
          {step.document != null && (
            <details className="more">
              <summary>Its document</summary>
              <DocumentBlock document={step.document} label={`Document of step ${index + 1}`} file={`step-${index + 1}.json`} />
            </details>
          )}
        </li>
      ))}
    </ol>
  );
}

const lines = (document: unknown) => (document == null ? [] : documentText(document).split("\n"));

function Trust({ plan }: { plan: Migration }) {
  if (plan.trust_policy == null) return null;
  const { current, during, proposed } = plan.trust_policy;
  return (
    <Panel title="Trust policy" note="Both ways while it moves, Pod Identity alone afterwards">
      {during != null && (
        <>
          <h3>While it moves</h3>
          <DocumentActions document={during} label="Trust policy while it moves" file="trust-during.json" />
          <DiffView before={lines(current)} after={lines(during)} label="Trust policy while it moves, against today's" />
        </>
      )}
      {proposed != null && (
        <>
          <h3>Afterwards</h3>
          <DocumentActions document={proposed} label="Trust policy afterwards" file="trust.json" />
          <DiffView before={lines(current)} after={lines(proposed)} label="Trust policy afterwards, against today's" />
        </>
      )}
    </Panel>
  );
}

function After({ plan }: { plan: Migration }) {
  const { session_name_pattern: name, tags } = plan.after;
  return (
    <Panel title="What the trail will say then" note={plural(tags.length, "session tag")}>
      <p>
        Sessions will be named <code>{name}</code> <CopyButton text={name} label="Copy the pattern of session names" />
      </p>
      {tags.length > 0 && (
        <ScrollTable label="Session tags" header={["Tag", "Value"]} rows={tags.map((tag) => ({ id: tag.key, cells: [<code key="key">{tag.key}</code>, <code key="value">{tag.value}</code>] }))} />
      )}
    </Panel>
  );
}
