-- The rounds of a run are in its journal, a folder beside this file: nothing was ever written here.
DROP TABLE run_rounds;
