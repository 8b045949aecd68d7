package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"github.com/settle-chat/settle/config"
	"github.com/settle-chat/settle/content"
)

const chart = "deploy/helm/settle"

// manifest is what a test reads of what the chart renders.
type manifest struct {
	Kind     string `yaml:"kind"`
	Metadata struct {
		Name   string            `yaml:"name"`
		Labels map[string]string `yaml:"labels"`
	} `yaml:"metadata"`
	Data map[string]string `yaml:"data"`
	Spec struct {
		Replicas int `yaml:"replicas"`
		Strategy struct {
			RollingUpdate struct {
				MaxUnavailable *int `yaml:"maxUnavailable"`
			} `yaml:"rollingUpdate"`
		} `yaml:"strategy"`
		Selector map[string]any `yaml:"selector"`
		Ports    []struct {
			TargetPort string `yaml:"targetPort"`
		} `yaml:"ports"`
		Ingress []struct {
			Ports []struct {
				Port string `yaml:"port"`
			} `yaml:"ports"`
			From []any `yaml:"from"`
		} `yaml:"ingress"`
		Template struct {
			Metadata struct {
				Labels map[string]string `yaml:"labels"`
			} `yaml:"metadata"`
			Spec struct {
				Grace           int            `yaml:"terminationGracePeriodSeconds"`
				SecurityContext map[string]any `yaml:"securityContext"`
				Containers      []container    `yaml:"containers"`
				Volumes         []struct {
					Name string `yaml:"name"`
				} `yaml:"volumes"`
			} `yaml:"spec"`
		} `yaml:"template"`
	} `yaml:"spec"`
}

type container struct {
	SecurityContext map[string]any `yaml:"securityContext"`
	Readiness       probe          `yaml:"readinessProbe"`
	Liveness        probe          `yaml:"livenessProbe"`
	Ports           []struct {
		Name string `yaml:"name"`
	} `yaml:"ports"`
	VolumeMounts []struct {
		Name string `yaml:"name"`
	} `yaml:"volumeMounts"`
}

type probe struct {
	HTTPGet struct {
		Path string `yaml:"path"`
		Port string `yaml:"port"`
	} `yaml:"httpGet"`
}

// The values that the chart has, and those that its tests give it, are what its schema says. Needs no helm.
func TestChartValues(t *testing.T) {
	t.Parallel()
	schema, err := jsonschema.NewCompiler().Compile(filepath.Join(chart, "values.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	valid := func(text string) error {
		var values any
		if err := yaml.Unmarshal([]byte(text), &values); err != nil {
			return err
		}
		asJSON, err := json.Marshal(values)
		if err != nil {
			return err
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
		if err != nil {
			return err
		}
		return schema.Validate(value)
	}
	for _, name := range []string{"values.yaml", "ci/whole-values.yaml", "ci/least-values.yaml"} {
		text, err := os.ReadFile(filepath.Join(chart, filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		if err := valid(string(text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, wrong := range []string{"replicas: 1", "replica: 2", "image: {tags: v1}", "service: {port: 0}", "env: {PORT: 1}", "image: {digest: latest}"} {
		if valid(wrong) == nil {
			t.Errorf("values %q are taken, want them refused", wrong)
		}
	}
}

// helm runs the helm on this machine; without one the test is skipped.
func helm(t *testing.T, args ...string) (string, error) {
	t.Helper()
	path, err := exec.LookPath("helm")
	if err != nil {
		if os.Getenv("SETTLE_HELM") == "required" {
			t.Fatal("helm isn't on PATH: go install helm.sh/helm/v4/cmd/helm@v4.3.1")
		}
		t.Skip("helm isn't on PATH: the chart is not rendered here; make chart-lint does it")
	}
	c := exec.Command(path, args...)
	c.Env = append(os.Environ(), "HOME="+t.TempDir())
	out, err := c.CombinedOutput()
	return string(out), err
}

func rendered(t *testing.T, values string) map[string]manifest {
	t.Helper()
	file := filepath.Join(chart, "ci", values+"-values.yaml")
	if out, err := helm(t, "lint", "--strict", "--values", file, chart); err != nil {
		t.Errorf("helm lint --strict, %s values: %v\n%s", values, err, out)
	}
	out, err := helm(t, "template", "bank", chart, "--values", file)
	if err != nil {
		t.Fatalf("helm template, %s values: %v\n%s", values, err, out)
	}
	all := make(map[string]manifest)
	for d := yaml.NewDecoder(strings.NewReader(out)); ; {
		var m manifest
		if err := d.Decode(&m); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatalf("what helm renders isn't YAML: %v", err)
		}
		if m.Kind == "" {
			continue
		}
		key := m.Kind + "/" + m.Metadata.Name
		if _, twice := all[key]; twice {
			t.Errorf("%s is rendered twice", key)
		}
		all[key] = m
	}
}

// What is rendered keeps what docs/deploy.md promises, with the least and with all values.
func TestChartRendered(t *testing.T) {
	t.Parallel()
	for values, kinds := range map[string][]string{
		"least": {"ConfigMap/bank-settle", "Deployment/bank-settle", "PodDisruptionBudget/bank-settle", "Service/bank-settle", "Service/bank-settle-admin", "ServiceAccount/bank-settle"},
		"whole": {"ConfigMap/bank-settle-messages", "HorizontalPodAutoscaler/bank-settle", "NetworkPolicy/bank-settle", "ServiceMonitor/bank-settle"},
	} {
		t.Run(values, func(t *testing.T) {
			t.Parallel()
			all := rendered(t, values)
			for _, kind := range kinds {
				if _, ok := all[kind]; !ok {
					t.Errorf("%s isn't rendered", kind)
				}
			}
			d := all["Deployment/bank-settle"].Spec
			if down := d.Strategy.RollingUpdate.MaxUnavailable; down == nil || *down != 0 || d.Replicas < 2 && values == "least" {
				t.Errorf("%d replicas, maxUnavailable %v, want 2 or more and none down while it is upgraded", d.Replicas, down)
			}
			pod := d.Template.Spec
			if most := int(2 * shutdownWhole.Seconds()); pod.Grace <= most {
				t.Errorf("terminationGracePeriodSeconds %d, want more than a shutdown's %d", pod.Grace, most)
			}
			checkPod(t, pod.SecurityContext, pod.Containers[0])
			volumes, ports := map[string]bool{}, map[string]bool{}
			for _, v := range pod.Volumes {
				volumes[v.Name] = true
			}
			for _, m := range pod.Containers[0].VolumeMounts {
				if !volumes[m.Name] {
					t.Errorf("volume %s is mounted and isn't there", m.Name)
				}
			}
			for _, p := range pod.Containers[0].Ports {
				ports[p.Name] = true
			}
			for key, m := range all {
				if m.Kind != "Service" {
					continue
				}
				for _, p := range m.Spec.Ports {
					if !ports[p.TargetPort] || p.TargetPort == "admin" != strings.HasSuffix(key, "-admin") {
						t.Errorf("%s leads to port %s", key, p.TargetPort)
					}
				}
				for label, want := range m.Spec.Selector {
					if d.Template.Metadata.Labels[label] != want {
						t.Errorf("%s selects %s=%v, no pod has it", key, label, want)
					}
				}
			}
			for _, rule := range all["NetworkPolicy/bank-settle"].Spec.Ingress {
				if rule.Ports[0].Port == "admin" && len(rule.From) == 0 {
					t.Error("everybody reaches the admin port")
				}
			}
		})
	}
}

func checkPod(t *testing.T, pod map[string]any, c container) {
	t.Helper()
	if pod["runAsNonRoot"] != true || c.SecurityContext["readOnlyRootFilesystem"] != true || c.SecurityContext["allowPrivilegeEscalation"] != false {
		t.Errorf("pod %v, container %v: want nobody, with a root that can't be written", pod, c.SecurityContext)
	}
	if drop, _ := json.Marshal(c.SecurityContext["capabilities"]); string(drop) != `{"drop":["ALL"]}` {
		t.Errorf("capabilities %s, want none", drop)
	}
	if r, l := c.Readiness.HTTPGet, c.Liveness.HTTPGet; r.Path != "/readyz" || l.Path != "/healthz" || r.Port != "admin" || l.Port != "admin" {
		t.Errorf("probes %+v and %+v, want /readyz and /healthz on the admin port", r, l)
	}
}

// The rendered settle.yaml is read, with files laid out as Kubernetes mounts them: each a link through ..data.
func TestChartConfigIsRead(t *testing.T) {
	all := rendered(t, "whole")
	p := newPremises(t)
	keyset, err := os.ReadFile(p.path("keyset.json"))
	if err != nil {
		t.Fatal(err)
	}
	declares, err := content.FS.ReadFile("settle.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(p.path("settle.yaml")); err != nil {
		t.Fatal(err)
	}
	p.mount(".", map[string]string{"settle.yaml": all["ConfigMap/bank-settle"].Data["settle.yaml"] + "\n" + string(declares)})
	p.mount("secrets", map[string]string{"keyset": string(keyset), "redis_url": "redis://redis.bank.example:6379\n", "twilio_auth_token": strings.Repeat("0a", 16)})
	for _, dir := range []string{"workflows", "fragments", "messages"} {
		entries, err := content.FS.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		files := make(map[string]string)
		for _, e := range entries {
			text, err := content.FS.ReadFile(dir + "/" + e.Name())
			if err != nil {
				t.Fatal(err)
			}
			files[e.Name()] = string(text)
		}
		p.mount(dir, files)
	}
	t.Setenv("SETTLE_PUBLIC_URL", "https://chat.bank.example")
	t.Setenv("TWILIO_ACCOUNT_SID", "AC00000000000000000000000000000000")
	c, err := config.Read(p.path("settle.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != "0.0.0.0:8080" || c.AdminListen != "0.0.0.0:9090" {
		t.Errorf("it listens at %s and %s, want what the chart's probes and Services ask", c.Listen, c.AdminListen)
	}
	if _, workflows, where, err := loadBundles(c); err != nil || len(workflows) < 4 || where != filepath.Clean(p.dir) {
		t.Errorf("%d workflows from %s, %v, want the mounted ones", len(workflows), where, err)
	}
	if out, err := helm(t, "template", "bank", chart); err == nil || !strings.Contains(out, "existingSecret is missing") {
		t.Errorf("without a Secret helm says %v\n%s", err, out)
	}
}

// mount lays files out as Kubernetes does.
func (p *premises) mount(dir string, files map[string]string) {
	p.t.Helper()
	for name, text := range files {
		p.write(filepath.Join(dir, "..2026_11_24", name), text)
		if err := os.Symlink(filepath.Join("..data", name), p.path(filepath.Join(dir, name))); err != nil {
			p.t.Fatal(err)
		}
	}
	if err := os.Symlink("..2026_11_24", p.path(filepath.Join(dir, "..data"))); err != nil {
		p.t.Fatal(err)
	}
}
