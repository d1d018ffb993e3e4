(* The template of each optimizer computes what the optimizer says: clipping, weight decay, the rule. *)
From Coq Require Import Reals ZArith List Bool Lra Lia.
From Pullback Require Export Optim.Mathematics.
From Pullback Require Import Base.Scalar Base.Index Base.Real Syntax Print.Bytes Ops.Op Ops.Curve
  Ops.TemplateProof
  Autodiff.Walk Optim.Optimizer Optim.RuleProof.
Import ListNotations.
Open Scope R_scope.

(* The gradient that the rule sees. *)
Lemma prepared_correct o t scale n L theta g sigma : length L = n ->
  has L 0 (snd t) theta -> has L 1 (snd t) g -> (clips o = true -> has L scale [] (fun _ => sigma)) ->
  runs (fst (prepared o t scale n)) L
    (fun L' => has L' (snd (prepared o t scale n)) (snd t) (effective o t sigma theta g)).
Proof.
  intros N Ht Hg Hs. unfold prepared, effective, clips in *.
  destruct (o_clip o); [specialize (Hs eq_refl)|clear Hs]; destruct (coupled o t) as [l|];
    cbn [fst snd length clipped app]; counted.
  - change (runs (clipped t scale n ++ decayed t l (S n) (S (S n))) L
      (fun L' => has L' (S (S (S (S n)))) (snd t) (fun i => g i * sigma + value_of l * theta i))).
    next_block runs_clipped. last_block runs_decayed. known.
  - change (runs (clipped t scale n) L (fun L' => has L' (S n) (snd t) (fun i => g i * sigma + 0))).
    last_block runs_clipped. known.
  - last_block runs_decayed. known.
  - apply runs_nil. known.
Qed.

(* ---- what a template makes ---- *)
(* The values at the numbers are the tensors. *)
Definition have (L : list tensor) (s : shape) (l : list nat) (fs : list tensor) : Prop :=
  Forall2 (fun k f => has L k s f) l fs.
Lemma have_keeps L L' s l fs : keeps L L' -> have L s l fs -> have L' s l fs.
Proof. intros K H. unfold have in *. induction H; constructor; auto. Qed.
Lemma have_length L s l fs : have L s l fs -> length l = length fs.
Proof. intros H. unfold have in H. induction H; simpl; congruence. Qed.
(* Run in L, the template makes theta and the states. *)
Definition makes (t : ty) (L : list tensor) (u : update) (theta : tensor) (states : list tensor) : Prop :=
  runs (u_code u) L (fun L' => has L' (u_theta u) (snd t) theta /\ have L' (snd t) (u_state u) states).

Lemma moved_makes o t theta g sigma eta step scale st n L (state : list tensor) : length L = n ->
  has L 0 (snd t) theta -> has L 1 (snd t) g -> (clips o = true -> has L scale [] (fun _ => sigma)) ->
  all_have L [] 2 (map (fun x _ => x) (rule_values (o_rule o) eta step)) ->
  let k := length (rule_states (o_rule o)) in
  all_have L (snd t) st (firstn k state) -> length (firstn k state) = k ->
  let v := rule_values (o_rule o) eta step in
  makes t L (moved_by o t scale st n) (moved_theta o t theta g v sigma state)
    (rule_state (o_rule o) (effective o t sigma theta g) (firstn k state)).
Proof.
  intros N H0 H1 HS HV k HJ LJ v. unfold makes, moved_by.
  pose proof (prepared_correct o t scale n L theta g sigma N H0 H1 HS) as P.
  destruct (prepared o t scale n) as [c q]. cbn [fst snd u_code u_theta u_state] in *.
  eapply runs_block; [exact P|]. intros L' E K HE.
  unfold moved_theta. replace (nth 0 v 0) with eta.
  2:{ unfold v, rule_values; destruct (o_rule o); auto. }
  apply (rule_correct (o_rule o)); auto.
  - rewrite E, N; auto.
  - unfold all_have in *. eapply have_keeps; eauto.
  - unfold all_have in *. eapply have_keeps; eauto.
Qed.

Lemma with_average_makes t d k n u L theta0 theta old states : n = (length L + length (u_code u))%nat ->
  has L 0 (snd t) theta0 -> (d <> None -> has L k (snd t) old) -> makes t L u theta states ->
  makes t L (with_average t d k n u) theta
    (states ++ match d with Some beta => [averaged beta old theta] | None => [] end).
Proof.
  intros N H0 HO M. destruct d as [beta|]; simpl; [|rewrite app_nil_r; auto].
  unfold makes in *. cbn [u_code u_theta u_state]. eapply runs_block; [exact M|]. intros L' E K (HT & HU).
  eapply runs_last.
  - apply (runs_average t n L' theta0); [rewrite E; auto|apply K; auto| |exact HT].
    apply K, HO. discriminate.
  - intros L'' K' H. split; [auto|]. apply Forall2_app; [eapply have_keeps; eauto|].
    repeat constructor; auto; apply H.
Qed.

Lemma runs_chosen t gate (b : bool) news : forall olds names n L fs gs, length L = n ->
  has L gate [] (fun _ => if b then 1 else 0) -> have L (snd t) news fs -> have L (snd t) olds gs ->
  length olds = length news -> length names = length news ->
  runs (chosen t gate news olds names) L
    (fun L' => have L' (snd t) (seq n (length news)) (if b then fs else gs)).
Proof.
  induction news as [|x news IH]; intros [|y olds] [|e names] n L fs gs N HB HF HG L1 L2; try discriminate;
    inversion HF; inversion HG; subst.
  - apply runs_nil. destruct b; constructor.
  - unfold chosen. cbn [combine map choose].
    eapply runs_choose; [reflexivity|eassumption|eassumption|eassumption|].
    intros L' E K H. unfold runs.
    assert (R : runs (chosen t gate news olds names) L'
                  (fun L' => have L' (snd t) (seq (S (length L)) (length news)) (if b then l' else l'0))).
    { apply IH; auto. eapply have_keeps; eauto. eapply have_keeps; eauto. }
    cbn [length seq]. destruct b; (constructor; [apply keeps_teval; exact H|exact R]).
Qed.

Lemma with_gate_makes t names gate st n u L (b : bool) theta g theta' news olds :
  n = (length L + length (u_code u))%nat -> has L gate [] (fun _ => if b then 1 else 0) ->
  has L 0 (snd t) theta -> has L 1 (snd t) g -> all_have L (snd t) st olds ->
  length olds = length news -> length names = length news -> makes t L u theta' news ->
  makes t L (with_gate t names gate st n u) (if b then theta' else theta)
    ((if b then news else olds) ++ [if b then tz else g]).
Proof.
  intros N HB H0 H1 HO L1 L2 M. unfold makes in *. unfold with_gate. cbn [u_code u_theta u_state].
  eapply runs_block; [exact M|]. intros L' E K (HT & HU).
  assert (LU : length (u_state u) = length news) by (eapply have_length; exact HU).
  rewrite <- N in E. replace (length (u_theta u :: u_state u)) with (S (length olds)) by (simpl; congruence).
  rewrite LU, <- L1.
  set (code := chosen _ _ _ _ _).
  assert (LC : length code = S (length olds)).
  { unfold code, chosen. rewrite map_length, !combine_length. simpl.
    rewrite map_length, seq_length, LU, L2, L1, !Nat.min_id; auto. }
  assert (HA : runs code L' (fun L' => have L' (snd t) (seq n (S (length olds)))
                               (if b then theta' :: news else theta :: olds))).
  { replace (S (length olds)) with (length (u_theta u :: u_state u)) by (simpl; rewrite LU, L1; auto).
    apply runs_chosen.
    - exact E.
    - apply K; auto.
    - constructor; auto.
    - constructor; [apply K; auto|]. apply (have_keeps L); auto.
    - simpl. rewrite seq_length, LU, L1; auto.
    - simpl. rewrite map_length, L2, LU; auto. }
  eapply runs_block; [exact HA|]. intros L2' E2 K2 H2. rewrite LC, E in E2.
  assert (Q : forall f h, (if b then theta' :: news else theta :: olds) = f :: h ->
     f = (if b then theta' else theta) /\ h = (if b then news else olds)).
  { destruct b; intros f h Q; injection Q as <- <-; auto. }
  eapply runs_fixed; [exact E2|]. intros L3 E3 K3 H3.
  unfold choose.
  eapply (runs_choose t _ _ _ L3 _ E3 gate _ _ b); [| |apply K3, K2, K; exact H1|].
  - apply K3, K2, K; auto.
  - exact H3.
  - intros L4 E4 K4 H4. apply runs_nil. unfold have in H2. simpl in H2.
    inversion H2 as [|? f ? h A B C D]; subst. symmetry in D. apply Q in D as [-> ->].
    split; [apply K4, K3; auto|]. apply Forall2_app.
    + eapply have_keeps; [|exact B]. intros ? ? ? X. apply K4, K3; auto.
    + constructor; [|constructor].
      apply (has_ext _ _ _ _ _ H4). intros i _. unfold value_of, sem_decimal, tz; simpl. destruct b; lra.
Qed.

(* ---- the environment that a template begins with ---- *)
Lemma all_have_mid s l : forall A B, all_have (A ++ l ++ B) s (length A) l.
Proof.
  unfold all_have. induction l as [|x l IH]; simpl; intros A B; constructor.
  - split. rewrite app_length; simpl; lia. intros i _. rewrite nth_middle; auto.
  - specialize (IH (A ++ [x]) B). rewrite app_length, Nat.add_1_r, <- app_assoc in IH. auto.
Qed.
Lemma all_have_keeps L L' s k l : keeps L L' -> all_have L s k l -> all_have L' s k l.
Proof. intros K H. unfold all_have in *. induction H; constructor; auto. Qed.
(* A scalar tensor is its one number. *)
Lemma all_have_scalars L k l : all_have L [] k l ->
  all_have L [] k (map (fun x _ => x) (map (fun x : tensor => x []) l)).
Proof.
  unfold all_have. rewrite !map_length. generalize (seq k (length l)). clear k.
  induction l as [|x l IH]; simpl; intros [|k ks] H; try (inversion H; fail); constructor.
  - apply all_have_cons in H as [H _]. apply (has_ext _ _ _ _ _ H). intros [|] Hi; auto; discriminate.
  - apply all_have_cons in H as [_ H]. auto.
Qed.
Lemma shared_length o e eta t a : length (snd (shared_of o e)) = length (shared_values o eta t a).
Proof. unfold shared_of, shared_values. destruct (accumulates o), (o_rule o); auto. Qed.
Lemma all_have_app L s k l m : all_have L s k (l ++ m) -> all_have L s k l /\ all_have L s (k + length l) m.
Proof.
  unfold all_have. revert k. induction l as [|x l IH]; simpl; intros k H.
  - rewrite Nat.add_0_r. split; [constructor|auto].
  - inversion H; subst. apply IH in H5 as [A B]. rewrite Nat.add_succ_r. split; [constructor|]; auto.
Qed.
Lemma all_have_nth L s l : forall k j, all_have L s k l -> (j < length l)%nat -> has L (k + j) s (nth j l tz).
Proof.
  unfold all_have. induction l as [|x l IH]; simpl; intros k j H J; [lia|]. inversion H; subst.
  destruct j; [rewrite Nat.add_0_r; auto|]. rewrite Nat.add_succ_r. apply (IH (S k)); auto. lia.
Qed.
Lemma rule_state_length r g state : length state = length (rule_states r) ->
  length (rule_state r g state) = length (rule_states r).
Proof. destruct r, state as [|x [|y [|]]]; simpl; intros H; auto; discriminate. Qed.

(* Pointwise equal on a shape; scalars as tensors. *)
Definition same_on (s : shape) (a b : tensor) : Prop := forall i, inb s i = true -> a i = b i.
Definition scalars_are (l : list tensor) (v : list R) : Prop := map (fun x : tensor => x []) l = v.

(* Run on θ, its gradient g, the step's scalars, the scale of clipping and the state, the template of a
   parameter of type t makes the new θ and the new state. *)
Theorem update_correct o t theta g (shared scale state : list tensor) eta step a sigma :
  scalars_are shared (shared_values o eta step a) -> scalars_are scale (if clips o then [sigma] else []) ->
  length state = length (state_of o) ->
  let u := update_of o t in
  let L := teval (map fst (u_code u)) (theta :: g :: shared ++ scale ++ state) in
  let v := rule_values (o_rule o) eta step in
  same_on (snd t) (nth (u_theta u) L tz) (new_theta o t theta g v a sigma state)
  /\ Forall2 (same_on (snd t)) (map (fun k => nth k L tz) (u_state u)) (new_state o t theta g v a sigma state).
Proof.
  intros HS HC LS u L v. set (L0 := theta :: g :: shared ++ scale ++ state).
  assert (LH : length shared = length (snd (shared_of o (fst t)))).
  { rewrite (shared_length o _ eta step a), <- HS, map_length; auto. }
  assert (LC : length scale = if clips o then 1%nat else 0%nat).
  { rewrite <- (map_length (fun x : tensor => x [])), HC. destruct (clips o); auto. }
  assert (N0 : length L0 = (2 + length shared + length scale + length state)%nat).
  { unfold L0; simpl. rewrite !app_length. lia. }
  assert (H0 : has L0 0 (snd t) theta) by (split; [simpl; lia | auto]).
  assert (H1 : has L0 1 (snd t) g) by (split; [simpl; lia | auto]).
  assert (H2 : all_have L0 [] 2 (map (fun x _ => x) (shared_values o eta step a))).
  { rewrite <- HS. apply all_have_scalars. apply (all_have_mid [] shared [theta; g] (scale ++ state)). }
  assert (H3 : clips o = true -> has L0 (2 + length shared) [] (fun _ => sigma)).
  { intros C. rewrite C in HC. pose proof (all_have_mid [] scale ([theta; g] ++ shared) state) as H.
    apply all_have_scalars in H. rewrite HC in H. unfold all_have in H. simpl in H.
    apply all_have_cons in H as [H _]. exact H. }
  assert (H4 : all_have L0 (snd t) (2 + length shared + length scale) state).
  { pose proof (all_have_mid (snd t) state ([theta; g] ++ shared ++ scale) []) as H.
    rewrite app_nil_r in H. simpl in H. rewrite app_length, <- app_assoc in H. exact H. }
  unfold shared_values in H2. rewrite map_app in H2. apply all_have_app in H2 as [H2 HG].
  rewrite map_length in HG.
  set (k := length (rule_states (o_rule o))).
  assert (LK : (k <= length state)%nat).
  { rewrite LS. unfold k, state_of, step_states. rewrite !app_length. lia. }
  assert (H5 : all_have L0 (snd t) (2 + length shared + length scale) (firstn k state)).
  { rewrite <- (firstn_skipn k state) in H4. apply all_have_app in H4 as [H4 _]. exact H4. }
  assert (L5 : length (firstn k state) = k) by (rewrite firstn_length; lia).
  assert (R : makes t L0 u (new_theta o t theta g v a sigma state) (new_state o t theta g v a sigma state)).
  2:{ destruct R as [[_ R1] R2]. split; [exact R1|]. unfold L. fold L0.
      clear - R2. unfold have in R2. induction R2 as [|? ? ? ? [_ H]]; simpl; constructor; auto. }
  unfold u, update_of. rewrite <- LH, <- LC, <- LS, <- N0.
  set (st := (2 + length shared + length scale)%nat) in *.
  pose proof (moved_makes o t theta g sigma eta step (2 + length shared) st (length L0) L0 state eq_refl
                H0 H1 H3 H2 H5 L5) as M.
  fold v k in M. fold k.
  set (u1 := moved_by o t (2 + length shared) st (length L0)) in *.
  apply (with_average_makes t (o_average o) (st + k) (length L0 + length (u_code u1)) u1 L0 theta _
           (nth k state tz)) in M; auto.
  2:{ intros A. apply all_have_nth; auto. rewrite LS. unfold k, state_of, step_states, averages.
      destruct (o_average o); [|congruence]. rewrite !app_length. simpl. lia. }
  set (u2 := with_average _ _ _ _ u1) in *. fold (moved_state o t theta g v sigma state) in M.
  unfold new_theta, new_state. destruct (accumulates o) eqn:AC.
  2:{ unfold applies. rewrite AC, app_nil_r. exact M. }
  assert (LM : length (moved_state o t theta g v sigma state) = length (step_states o)).
  { unfold moved_state, step_states, averages. fold k. rewrite !app_length, rule_state_length by auto.
    destruct (o_average o); auto. }
  assert (LT : (length (step_states o) <= length state)%nat).
  { rewrite LS. unfold state_of. rewrite app_length. lia. }
  apply with_gate_makes; auto.
  - assert (G : length shared = S (length v)).
    { rewrite <- (map_length (fun x : tensor => x [])), HS. unfold shared_values. rewrite AC, app_length. simpl.
      fold v. lia. }
    unfold all_have in HG. simpl map in HG. apply all_have_cons in HG as [HG _]. fold v in HG.
    replace (2 + length shared - 1)%nat with (2 + length v)%nat by lia. exact HG.
  - rewrite <- (firstn_skipn (length (step_states o)) state) in H4. apply all_have_app in H4 as [H4 _]. exact H4.
  - rewrite firstn_length, LM. lia.
Qed.

(* Templates use only what precedes; the new θ and state are values of the template's environment. *)
Definition update_bounds (o : optimizer) (t : ty) : bool :=
  let u := update_of o t in
  let n := (2 + length (snd (shared_of o (fst t))) + (if clips o then 1 else 0) + length (state_of o))%nat in
  template_ok (map fst (u_code u)) n
  && forallb (fun k => Nat.ltb k (n + length (u_code u))) (u_theta u :: u_state u).
Lemma update_bounded o t : update_bounds o t = true.
Proof.
  unfold update_bounds, update_of, moved_by, prepared, coupled.
  generalize (decay_of o t) (adapts o t). intros d b. destruct o as [r ? ? c m p].
  destruct d, c, m, p, r; try (vm_compute; reflexivity); destruct b; vm_compute; reflexivity.
Qed.
