# Two commands to know: `make demo` and `make test`. Each sets up all it needs by itself.
.DEFAULT_GOAL := help
.PHONY: help setup demo test up down env interrupt forget check lint types synth bench breakeven lock prices schema deploy destroy clean

PORT ?= 4566
STAGE ?= dev
PYTHON_BIN := .venv/bin/python
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export OMP_WAIT_POLICY := PASSIVE

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1	\2/p' $(MAKEFILE_LIST) | expand -t 16

setup: ## Make every environment, inside this folder
	@bin/setup

demo: setup ## Run the whole loop on this machine: drop a file, get predictions, see drift
	@$(PYTHON_BIN) -m local demo

test: setup ## Run every test, the end-to-end one on a local cloud included
	@$(PYTHON_BIN) -m pytest

up: setup ## Start a local cloud with the application deployed, and keep it (PORT=4566)
	@$(PYTHON_BIN) -m local up --port $(PORT)

down: ## Stop the local cloud
	@if [ -x $(PYTHON_BIN) ]; then $(PYTHON_BIN) -m local down; fi

env: ## Print how a shell reaches the local cloud: eval "$$(make -s env)"
	@$(PYTHON_BIN) -m local env

interrupt: ## Take the spot capacity away from a running training job (JOB=name)
	@$(PYTHON_BIN) -m local interrupt $(JOB)

# A person's name goes by the environment: a command line can be seen by others.
forget: export TIDEMILL_SUBJECT = $(value SUBJECT)
forget: setup ## Forget a person (PIPELINE=name SUBJECT=value, on AWS with STAGE=dev)
	@$(PYTHON_BIN) -m $(if $(filter-out file,$(origin STAGE)),infra.forget "$(STAGE)",local forget) "$(PIPELINE)"

check: lint types synth ## Lint, types, synthesis with cdk-nag and cfn-lint

lint: setup
	@ruff check .
	@ruff format --check .

types: setup
	@mypy

synth: setup
	@$(PYTHON_BIN) -m pytest -q tests/infra

bench: setup ## Run the benchmarks and print their ratios (ONLY="drift monitoring")
	@PYTHONPATH=functions $(PYTHON_BIN) -m bench $(ONLY)

breakeven: setup ## Print from which load on an endpoint is cheaper (INSTANCE=ml.m5.large REGION=us-east-1)
	@PYTHONPATH=functions $(PYTHON_BIN) -m bench.breakeven $(INSTANCE) $(REGION)

deploy: setup ## Deploy to AWS (STAGE=dev)
	@node_modules/.bin/cdk deploy --all -c stage=$(STAGE) --require-approval any-change

destroy: setup ## Remove a deployment from AWS (STAGE=dev)
	@$(PYTHON_BIN) -m infra.empty $(STAGE)
	@node_modules/.bin/cdk destroy --all -c stage=$(STAGE)

COMPILE := uv pip compile -q --universal --python-version 3.13 --generate-hashes --no-header --no-emit-index-url
lock: setup ## Compile every requirements.txt from its ranges anew
	@$(COMPILE) --extra dev pyproject.toml -o requirements.txt
	@$(COMPILE) layers/core/pyproject.toml -c requirements.txt -o layers/core/requirements.txt
	@$(COMPILE) layers/tabular/requirements.in -c requirements.txt -o layers/tabular/requirements.txt
	@$(COMPILE) layers/inference/requirements.in -c requirements.txt -o layers/inference/requirements.txt
	@$(COMPILE) layers/access/requirements.in -c requirements.txt -o layers/access/requirements.txt
	@$(COMPILE) functions/training/train/requirements.in -c requirements.txt -o functions/training/train/requirements.txt
	@$(COMPILE) functions/inference/endpoint/requirements.in -c requirements.txt -o functions/inference/endpoint/requirements.txt
	@$(COMPILE) local/requirements.in -o local/requirements.txt
	@$(COMPILE) local/lambda-requirements.in -o local/lambda-requirements.txt

prices: setup ## Refresh the price table from the AWS Price List (REGION="eu-central-1 us-east-1")
	@$(PYTHON_BIN) -m infra.prices $(REGION)

clean: down ## Remove everything that was made here
	@rm -rf .venv .local .build cdk.out node_modules layers/native/tidemill_native/*.so

schema: setup ## Write docs/contract.schema.json anew
	@$(PYTHON_BIN) -c "import json; from tidemill.contract import Contract; print(json.dumps(Contract.model_json_schema(), indent=2))" > docs/contract.schema.json
