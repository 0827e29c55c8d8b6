import { beginContract } from './begin.js';
import { claimsContract } from './claims.js';
import { countsContract } from './counts.js';
import { curationContract } from './curation.js';
import type { Dialect } from './dialect.js';
import { editionsContract } from './editions.js';
import { intakeContract } from './intake.js';
import { mergeContract } from './merge.js';
import { noticesContract } from './notices.js';
import { outcomesContract } from './outcomes.js';
import { pacesContract } from './paces.js';
import { papersContract } from './papers.js';
import { parkingContract } from './parking.js';
import { planningContract } from './planning.js';
import { searchContract } from './search.js';
import { setBackContract } from './set-back.js';
import { settingsContract } from './settings.js';
import { statusContract } from './status.js';
import { subscribersContract } from './subscribers.js';
import { suggestionsContract } from './suggestions.js';
import { walksContract } from './walks.js';
import { weeklyPlanningContract } from './weekly-planning.js';

/** Everything that a store must do, whatever keeps it. */
export function storeContract(dialect: Dialect): void {
  settingsContract(dialect);
  papersContract(dialect);
  searchContract(dialect);
  mergeContract(dialect);
  editionsContract(dialect);
  curationContract(dialect);
  suggestionsContract(dialect);
  subscribersContract(dialect);
  intakeContract(dialect);
  planningContract(dialect);
  weeklyPlanningContract(dialect);
  countsContract(dialect);
  claimsContract(dialect);
  setBackContract(dialect);
  beginContract(dialect);
  outcomesContract(dialect);
  noticesContract(dialect);
  walksContract(dialect);
  parkingContract(dialect);
  pacesContract(dialect);
  statusContract(dialect);
}
