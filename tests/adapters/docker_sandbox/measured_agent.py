"""The agent as an imported program, for a container in which coverage counts its lines."""

from adapters.docker_sandbox.inside.agent import serve

serve(["json", "no_such_module"])
