import { useQuery } from "@tanstack/react-query";
import { useParams } from "react-router";

import { eventQuery } from "../api/queries";
import { PageHeader } from "../ui/layout";
import { ProblemBox, Skeleton } from "../ui/states";
import { actionOf, sentence } from "./eventColumns";
import { EventView } from "./EventView";

/** One event at an address of its own. */
export function Event() {
  const { event_id = "" } = useParams();
  const detail = useQuery(eventQuery(event_id));
  return (
    <>
      <title>{`Event ${event_id} · Podtrail`}</title>
      <PageHeader
        title={
          detail.data ? (
            <span className="mono">{actionOf(detail.data.event)}</span>
          ) : (
            <>
              <span className="muted">Event</span> <span className="mono">{event_id}</span>
            </>
          )
        }
        lead={detail.data && sentence(detail.data.event)}
      />
      {detail.error !== null && <ProblemBox error={detail.error} retry={() => void detail.refetch()} />}
      {detail.isPending && <Skeleton lines={12} />}
      {detail.data && <EventView detail={detail.data} />}
    </>
  );
}
