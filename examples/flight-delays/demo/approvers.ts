import type { Client } from '@temporalio/client';
import type { Seatrial } from '../../../client/index.ts';
import type { GateView, ReleaseView } from '../../../contracts/release-view.ts';

export interface Approvers {
  /** Call with each new view of a release: opens gates that these people decide on, once each. */
  look(release: string, view: ReleaseView): Promise<void>;
}

/** Scripted people: each reads the digest in the brief and sends the signal that a person would send from the Web UI. */
export function scriptedApprovers(client: Client, say: (line: string) => void): Approvers {
  const sent = new Set<string>();
  return {
    async look(release, { gate }) {
      if (!gate) return;
      for (const { role, people } of gate.pending) {
        const approver = people[0];
        const key = `${release}/${gate.name}/${gate.evidence.sha256}/${role}`;
        if (approver === undefined || sent.has(key)) continue;
        sent.add(key);
        const comment = `read ${gate.evidence.name}`;
        await client.workflow
          .getHandle(release)
          .signal('approve', { gate: gate.name, approver, role, evidence: gate.evidence.sha256, comment });
        say(`  ${approver} (${role}) approves gate ${gate.name}`);
      }
    },
  };
}

/** A real person decides; we only say where. */
export function personAtTheGates(seatrial: Seatrial, say: (line: string) => void): Approvers {
  const told = new Set<string>();
  return {
    look(release, { gate }) {
      if (gate && !told.has(`${release}/${gate.name}`)) {
        told.add(`${release}/${gate.name}`);
        say(instructions(gate, seatrial.linkTo(release)));
      }
      return Promise.resolve();
    },
  };
}

function instructions(gate: GateView, link: string | undefined): string {
  const who = gate.pending.map(({ role, people }) => `${people.join(' or ')} (${role})`).join(' and ');
  const message = JSON.stringify({
    gate: gate.name,
    approver: gate.pending[0]?.people[0] ?? '',
    evidence: gate.evidence.sha256.slice(0, 12),
    comment: 'I read it',
  });
  return [
    '',
    `  Gate ${gate.name} waits for you, as ${who}:`,
    `    open ${link ?? 'the Temporal Web UI'}, tab "User Metadata", and read`,
    '    More Actions > Send a Signal > approve, with',
    `    ${message}`,
    '',
  ].join('\n');
}
