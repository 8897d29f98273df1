# Two commands: `make run` starts the platform, `make test` tests it. Both set up what is missing first.
#   make run WITHOUT="torch open3d"     leaves the heavy two out
#   make run TORCH_INDEX=URL            takes torch from an index of CPU builds

PYTHON ?= python3
WITHOUT ?=
TORCH_INDEX ?=
BIN := .venv/bin
# Where the set-up puts Node when the machine has none.
export PATH := $(CURDIR)/.node/bin:$(PATH)
SETUP := $(PYTHON) install/install.py --without "$(WITHOUT)" --torch-index "$(TORCH_INDEX)"
# Two workers: the browser and the hub of the tests are shared by the tests of one worker.
TESTS ?=
WORKERS ?= 2

.PHONY: run setup setup-dev test unit e2e lint lock fresh doctor docs pictures bench-user-guide bench-mastery bench-healing bench-grading bench-awkward bench-courses bench-graph bench-prereq bench-tracing bench-path bench-recommend bench-review bench-cold bench-points bench-guide fit-guide train-prereq validate-culture redteam bench-mesh clean

run: setup
	@exec $(BIN)/shuyuan run

setup:
	@$(SETUP)

setup-dev:
	@$(SETUP) --dev

test: setup-dev lint
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile $(TESTS)

unit: setup-dev
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -m "not slow and not e2e"

e2e: setup-dev
	$(BIN)/python -m pytest -m e2e tests/e2e

lint: setup-dev
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/mypy

# Both commands in a throw-away Debian root that holds nothing but python3, git and make.
fresh:
	bash install/fresh.sh

doctor: setup
	@$(BIN)/shuyuan doctor

docs: setup-dev
	$(BIN)/shuyuan settings --page > docs/settings.md

# The screenshots of README and docs, made by the browser's day: both languages, wide and phone.
KEPT := front course unit concept tour tour-text my attempt teach sign-up
pictures: setup-dev
	rm -rf build/pictures
	$(BIN)/python -m pytest -q tests/e2e/test_pictures.py tests/e2e/test_day.py
	mkdir -p docs/pictures
	for name in $(KEPT); do cp build/pictures/$$name-zh-CN-1440.png build/pictures/$$name-zh-CN-390.png \
	  build/pictures/$$name-en-1440.png build/pictures/$$name-en-390.png docs/pictures/; done
	cp build/pictures/lab-en-1440.png docs/pictures/

lock: setup-dev
	$(BIN)/python install/lock.py $(BIN)/python platform torch open3d dev
	$(BIN)/python install/lock.py .venv-kernels/bin/python kernels

bench-user-guide: setup
	$(BIN)/python -m courses.bench_user_guide

bench-mastery: setup
	$(BIN)/python -m recommender.bench

bench-healing: setup
	$(BIN)/python -m courses.bench_healing

bench-grading: setup
	$(BIN)/python -m courses.bench_grading

bench-awkward: setup
	$(BIN)/python -m courses.bench_awkward

bench-courses: setup
	$(BIN)/python -m courses.bench_courses

# DATA: a folder in a published form or a plain table; SEEDS, LEARNERS (a slice), MODELS, MINUTES, WIDTH as docs/recommender.md says.
SEEDS ?= 1
bench-tracing: setup
	DATA="$(DATA)" SEEDS="$(SEEDS)" LEARNERS="$(LEARNERS)" MODELS="$(MODELS)" MINUTES="$(MINUTES)" WIDTH="$(WIDTH)" $(BIN)/python -m recommender.bench_tracing

bench-recommend: setup
	$(BIN)/python -m recommender.bench_recommend

bench-cold: SEEDS = 3
bench-cold: setup
	DATA="$(DATA)" SEEDS="$(SEEDS)" LEARNERS="$(LEARNERS)" MINUTES="$(MINUTES)" WIDTH="$(WIDTH)" $(BIN)/python -m recommender.bench_cold

bench-review: setup
	DATA="$(DATA)" $(BIN)/python -m recommender.bench_review

# DATA as for bench-tracing; SEEDS of the simulators (3), LEARNERS who walk, SLICE, WORLDS, ROUNDS, LENGTHS, FIRST, EPOCHS, MINUTES as docs/recommender.md says.
bench-path: SEEDS = 3
bench-path: setup
	DATA="$(DATA)" SEEDS="$(SEEDS)" LEARNERS="$(LEARNERS)" SLICE="$(SLICE)" WORLDS="$(WORLDS)" ROUNDS="$(ROUNDS)" LENGTHS="$(LENGTHS)" FIRST="$(FIRST)" EPOCHS="$(EPOCHS)" MINUTES="$(MINUTES)" $(BIN)/python -m recommender.bench_path

# DATA: a LAS or LAZ file.
bench-points: setup-dev
	DATA="$(DATA)" $(BIN)/python -m vr_scenes.bench_points

bench-guide: setup
	$(BIN)/python -m vr_scenes.bench_guide

# The guide's weights, fitted anew to the questions that it is not measured on.
fit-guide: setup
	$(BIN)/python -m vr_scenes.guide.fit

bench-graph: setup
	$(BIN)/python -m knowledge_graph.bench_graph

bench-prereq: setup
	$(BIN)/python -m knowledge_graph.bench_prereq

# The weights that ship, fitted anew: metacademy, MOOCCube and KCs4EDU alone.
train-prereq: setup
	$(BIN)/python -m knowledge_graph.suggest.train

# Linked Art and IIIF of the 380 sample objects against the standards' schemas: DATA is a folder with checkouts of
# linked-art/json-validator and IIIF/presentation-validator; skipped with one line where it is absent.
validate-culture: setup
	@$(BIN)/python -m knowledge_graph.culture.validate "$(DATA)"

# The statue of 597,703 triangles beside npm's gltfpack; skipped with one line where SHUYUAN_DATA has it not.
bench-mesh: setup-dev
	$(BIN)/python -m vr_scenes.bench_mesh

# Every attack against us, against us without the defence it aims at, and against stock nbgrader; writes docs/redteam.md.
redteam: setup-dev
	$(BIN)/python -m tests.redteam.table --page docs/redteam.md

clean:
	rm -rf build .venv .venv-kernels .node node_modules
