"""Plans that take an environment down, with a second person's agreement where that is needed."""

import django.db.models.deletion
import portal.lib.clock
from django.conf import settings
from django.db import migrations, models

# Rules that hold whoever writes: four eyes, a bound plan, nothing carried out before enough others agreed.
PLAN = """
CREATE FUNCTION public.environments_plan_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    agreed integer;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.kind = 'destroy' AND (NEW.requester_id IS NULL OR NEW.needed < (
            SELECT least(position, 2) - 1 FROM public.environments_environment WHERE id = NEW.environment_id)) THEN
            RAISE EXCEPTION 'a plan that destroys this environment needs a person who asks and another who agrees'
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.environment_id, NEW.kind, NEW.digest, NEW.requester_id, NEW.needed) IS DISTINCT FROM
       (OLD.id, OLD.environment_id, OLD.kind, OLD.digest, OLD.requester_id, OLD.needed) THEN
        RAISE EXCEPTION 'plan %: what was planned is frozen', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state <> OLD.state AND NEW.state IN ('applying', 'applied') AND NEW.needed > 0 THEN
        SELECT count(DISTINCT approver_id) INTO agreed FROM public.environments_planapproval
            WHERE plan_id = NEW.id AND digest = NEW.digest AND approver_id <> NEW.requester_id;
        IF agreed < NEW.needed THEN
            RAISE EXCEPTION 'plan % has % of % approvals', OLD.id, agreed, NEW.needed USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER environments_plan_guard BEFORE INSERT OR UPDATE ON public.environments_plan
    FOR EACH ROW EXECUTE FUNCTION public.environments_plan_guard();
"""

APPROVAL = """
ALTER TABLE public.environments_planapproval ADD CONSTRAINT plan_approval_names_the_requester
    FOREIGN KEY (plan_id, requester_id) REFERENCES public.environments_plan (id, requester_id);
CREATE FUNCTION public.environments_planapproval_guard() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    asked record;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        RAISE EXCEPTION 'plan approval % is evidence: it is neither changed nor deleted', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    SELECT state, digest INTO asked FROM public.environments_plan WHERE id = NEW.plan_id FOR UPDATE;
    IF asked.state IS DISTINCT FROM 'open' OR asked.digest IS DISTINCT FROM NEW.digest THEN
        RAISE EXCEPTION 'plan % is not waiting for an approval of these changes', NEW.plan_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER environments_planapproval_guard BEFORE INSERT OR UPDATE OR DELETE ON public.environments_planapproval
    FOR EACH ROW EXECUTE FUNCTION public.environments_planapproval_guard();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('environments', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='PlanApproval',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(max_length=71, verbose_name='plan digest')),
                ('comment', models.TextField(blank=True, max_length=2000)),
                ('approved_at', models.DateTimeField(default=portal.lib.clock.now)),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.AddField(
            model_name='plan',
            name='cost',
            field=models.JSONField(default=dict, help_text='What the changes cost a month, as far as the price table knows.'),
        ),
        migrations.AddField(
            model_name='plan',
            name='kind',
            field=models.CharField(choices=[('apply', 'apply'), ('destroy', 'destroy')], default='apply', max_length=8),
        ),
        migrations.AddField(
            model_name='plan',
            name='needed',
            field=models.PositiveSmallIntegerField(default=0, verbose_name='approvals needed'),
        ),
        migrations.AddField(
            model_name='plan',
            name='notes',
            field=models.JSONField(default=list, help_text='What whoever reads the plan should know beside the changes.'),
        ),
        migrations.AddField(
            model_name='plan',
            name='options',
            field=models.JSONField(default=dict, help_text='What was chosen when the plan was asked for.'),
        ),
        migrations.AddField(
            model_name='plan',
            name='requester',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='plan',
            constraint=models.UniqueConstraint(fields=('id', 'requester'), name='plan_with_its_requester'),
        ),
        migrations.AddConstraint(
            model_name='plan',
            constraint=models.CheckConstraint(condition=models.Q(('needed', 0), ('requester__isnull', False), _connector='OR'), name='approvals_need_a_requester'),
        ),
        migrations.AddField(
            model_name='planapproval',
            name='approver',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='plan_approvals', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='planapproval',
            name='plan',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='approvals', to='environments.plan'),
        ),
        migrations.AddField(
            model_name='planapproval',
            name='requester',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='planapproval',
            constraint=models.CheckConstraint(condition=models.Q(('approver', models.F('requester')), _negated=True), name='plan_approver_is_not_requester'),
        ),
        migrations.AddConstraint(
            model_name='planapproval',
            constraint=models.UniqueConstraint(fields=('plan', 'approver'), name='one_plan_approval_per_person'),
        ),
        migrations.RunSQL(PLAN, "DROP FUNCTION public.environments_plan_guard CASCADE"),
        migrations.RunSQL(APPROVAL, "DROP FUNCTION public.environments_planapproval_guard CASCADE"),
    ]
