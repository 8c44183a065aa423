/** What each of our stages asks, by the name of its activity. */
export const questions: Readonly<Record<string, string>> = {
  intake: 'Is it the file that the plan names, and does it load and answer?',
  sandbox: 'Does it do the same right thing every time on clean data?',
  synthetic: 'How does its quality bend when the data is not the data it knew?',
  resilience: 'What do callers see when something between them and the model breaks?',
  'drift-rehearsal':
    'When the world changes, how soon does the watch notice, and how often does it cry wolf?',
  governance: 'Could we explain and repeat this in five years, and whom does it treat worse?',
  'incident-drill': 'When it fails, does somebody hear of it, and do the runbooks and the way back work?',
  shadow: 'What would it have answered to the requests of today, unseen?',
  'pre-production': 'Does it bear the worst day: twice the peak, a region lost, restarts, a rollback?',
  review: 'Did production turn out as the trials said?',
  canary: 'Is it at least as good as what serves now, on real callers?',
};
