(* The invariant of the reverse walk: the sum of <cotangent, tangent> over the values still to be visited
   is the derivative of the loss. *)
From Coq Require Import Reals ZArith List Bool PArith FMapPositive Lra Lia.
From Pullback Require Import Base.Scalar Base.Index Base.Real Syntax Ops.Op Ops.Curve Ops.OpProof
  Autodiff.Prog Autodiff.Walk Autodiff.Network Autodiff.Sound.
Import ListNotations.
Open Scope R_scope.

(* Changing one summand. *)
Lemma sum_change {X} (f f' : X -> R) l a : NoDup l -> In a l -> (forall x, x <> a -> f' x = f x) ->
  Sum f' l = Sum f l + (f' a - f a).
Proof.
  induction l as [|b l IH]; simpl; intros ND H Q; [tauto|]. inv ND.
  destruct H as [->|H].
  - rewrite (sum_ext f' f) by (intros x Hx; apply Q; intros ->; tauto). lra.
  - rewrite IH; auto. rewrite (Q b); [lra|]. intros ->; tauto.
Qed.

(* ---- what emitted code computes ---- *)
Definition evalr (c : list instr) (e : renv) : renv := fold_right (fun i e => rstep e i) e c.
(* Emitted code is kept in reverse. *)
Lemma evalr_eval c e : reval (rev c) e = evalr c e.
Proof.
  unfold eval, evalr. rewrite <- (rev_involutive c) at 2.
  rewrite fold_left_rev_right with (f := fun i e => rstep e i). auto.
Qed.

Section Backward.
Variable Gm : positive -> ty.
Variables act cone : positive -> bool.
Variable names : PM.t name.
(* E: the values of the forward program, T: their tangents, N: the first id of emitted code, L: the loss's
   derivative. *)
Variables (E T : renv) (N : positive) (L : R).

Definition values (s : bst) : renv := evalr (code s) E.
(* The state is sound: forward values are untouched, cotangents belong to floating-point values that the
   loss depends on. *)
Definition sound (s : bst) : Prop :=
  (N <= nxt s)%positive /\ (forall x, (x < N)%positive -> values s x = E x) /\
  (forall x c, PM.find x (ctm s) = Some c ->
     (c < nxt s)%positive /\ cone x = true /\ tfloat (Gm x) = true).
Definition paired (s : bst) (x : positive) : R :=
  match PM.find x (ctm s) with Some c => dotp (snd (Gm x)) (values s c) (T x) | None => 0 end.
Definition total (V : list positive) (s : bst) := Sum (paired s) V.

(* Additive fan-in: after adding a contribution g to a, the total has grown by <g, tangent of a>. *)
Lemma accum_sound V s a g : NoDup V -> In a V -> sound s -> (g < nxt s)%positive ->
  cone a = true -> tfloat (Gm a) = true ->
  let s' := accum names s a g (Gm a) in
  sound s' /\ (nxt s <= nxt s')%positive /\ (forall x, (x < nxt s)%positive -> values s' x = values s x)
  /\ total V s' = total V s + dotp (snd (Gm a)) (values s g) (T a).
Proof.
  intros ND Ha (S1 & S2 & S3) Hg Ca Fa. unfold accum. destruct (PM.find a (ctm s)) as [g0|] eqn:Q; simpl.
  - set (s' := Bst _ _ _ _).
    assert (FR : forall x, (x < nxt s)%positive -> values s' x = values s x).
    { intros x Hx. unfold values, s'; simpl. unfold step at 1; simpl. apply upd_neq. lia. }
    assert (GN : values s' (nxt s)
                 = sem Rscal (Binary Add) [Gm a; Gm a] (Gm a) [values s g0; values s g]).
    { unfold values, s'; simpl. unfold step at 1; simpl. apply upd_eq. }
    assert (OTH : forall x, x <> a -> paired s' x = paired s x).
    { intros x Hx. unfold paired. simpl. rewrite PM.gso by auto. destruct (PM.find x (ctm s)) eqn:Q'; auto.
      rewrite FR; auto. eapply S3; eauto. }
    assert (S3' : forall x c, PM.find x (ctm s') = Some c ->
                  (c < nxt s')%positive /\ cone x = true /\ tfloat (Gm x) = true).
    { intros x c Hc. simpl in Hc. destruct (Pos.eq_dec x a) as [->|n].
      - rewrite PM.gss in Hc. inv Hc. simpl. split; [lia|auto].
      - rewrite PM.gso in Hc by auto. destruct (S3 _ _ Hc) as (? & ?). simpl. split; [lia|auto]. }
    split; [split; [|split]|split; [|split]]; simpl; auto; try lia.
    + intros x Hx. rewrite FR; [auto|lia].
    + unfold total. rewrite (sum_change (paired s) (paired s') V a); auto.
      unfold paired at 2 3. simpl. rewrite PM.gss, Q, GN. unfold sem. rewrite dotp_tab_l. simpl.
      rewrite dotp_plus_l. lra.
  - set (s' := Bst _ _ _ _).
    assert (OTH : forall x, x <> a -> paired s' x = paired s x).
    { intros x Hx. unfold paired. simpl. rewrite PM.gso by auto. auto. }
    assert (S3' : forall x c, PM.find x (ctm s') = Some c ->
                  (c < nxt s')%positive /\ cone x = true /\ tfloat (Gm x) = true).
    { intros x c Hc. simpl in Hc. destruct (Pos.eq_dec x a) as [->|n].
      - rewrite PM.gss in Hc. inv Hc. simpl. auto.
      - rewrite PM.gso in Hc by auto. auto. }
    split; [split; [|split]|split; [|split]]; simpl; auto; try lia.
    + unfold total. rewrite (sum_change (paired s) (paired s') V a); auto.
      unfold paired at 2 3. simpl. rewrite PM.gss, Q. unfold values; simpl. lra.
Qed.

(* Local number k stands for the value of the k-th identifier. *)
Lemma nth_map_env (G : renv) loc k : (k < length loc)%nat -> nth k (map G loc) tz = G (nth k loc 1%positive).
Proof.
  intros H. rewrite nth_indep with (d' := G 1%positive) by (rewrite map_length; auto). apply map_nth.
Qed.

(* Adding all contributions of a template: the total grows by what they pair to. *)
Lemma accums_sound V G loc : forall aa ts outs s, NoDup V -> sound s ->
  Forall2 (fun a t => In a V /\ Gm a = t) aa ts -> (forall a, In a aa -> cone a = true) ->
  (forall a, In a aa -> act a = true -> tfloat (Gm a) = true) ->
  outs_ok outs (length loc) = true -> length outs = length ts ->
  Forall (fun x => (x < nxt s)%positive) loc -> (forall x, In x loc -> values s x = G x) ->
  let s' := accums names s aa (map act aa) ts outs loc in
  sound s' /\ total V s' = total V s + pairing ts (map act aa) outs (map T aa) (map G loc).
Proof.
  intros aa ts outs s ND S0 H; revert outs s S0; induction H as [|a t aa ts [Ha <-] H IH]; simpl;
    intros outs s S0 CO FO O LO FL GL.
  - split; auto. lra.
  - destruct outs as [|o outs]; try discriminate. simpl in *. apply andb_prop in O as [O1 O2].
    assert (SKIP : sound s /\ total V s = total V s + 0) by (split; auto; lra).
    destruct (act a) eqn:Aa; [destruct o as [k|]|].
    + apply Nat.ltb_lt in O1.
      assert (HG : (nth k loc 1 < nxt s)%positive) by (rewrite Forall_forall in FL; apply FL, nth_In; auto).
      destruct (accum_sound V s a (nth k loc 1%positive) ND Ha S0 HG) as (A1 & A2 & A3 & A4); auto.
      destruct (IH outs (accum names s a (nth k loc 1%positive) (Gm a))) as (B1 & B2); auto.
      * eapply Forall_impl; [|apply FL]. simpl; intros; lia.
      * intros x Hx. rewrite A3; auto. rewrite Forall_forall in FL; auto.
      * split; auto. rewrite B2, A4, nth_map_env by auto.
        rewrite (GL (nth k loc 1%positive)) by (apply nth_In; auto). lra.
    + destruct (IH outs s) as (B1 & B2); auto. split; auto. rewrite B2. lra.
    + destruct (IH outs s) as (B1 & B2); auto. split; auto. rewrite B2. lra.
Qed.

(* Instantiated, a template computes what it means; older values stay. *)
Lemma inst_sound i outs tm : forall k loc n c acc loc' n' c' acc',
  inst names i outs tm k loc n c acc = (loc', n', c', acc') ->
  Forall (fun x => (x < n)%positive) loc -> template_ok tm (length loc) = true ->
  (n <= n')%positive /\ Forall (fun x => (x < n')%positive) loc' /\ length loc' = (length loc + length tm)%nat
  /\ (forall x, (x < n)%positive -> evalr acc' E x = evalr acc E x)
  /\ map (evalr acc' E) loc' = teval tm (map (evalr acc E) loc).
Proof.
  induction tm as [|t tm IH]; simpl; intros k loc n c acc loc' n' c' acc' H FL TO.
  - inv H. repeat split; auto; simpl; lia.
  - apply andb_prop in TO as [T1 T2].
    destruct (match contributes_to (length loc) outs (args i) with
              | Some a => name_contribution names c a | None => (numbered (iname i) k, c) end) as [nm c1].
    apply IH in H.
    2:{ apply Forall_app; split; [|repeat constructor; lia].
        eapply Forall_impl; [|apply FL]. simpl; intros; lia. }
    2:{ rewrite app_length; simpl. rewrite Nat.add_1_r; auto. }
    destruct H as (H1 & H2 & H3 & H4 & H5). repeat split; auto; try lia.
    + rewrite H3, app_length; simpl; lia.
    + intros x Hx. rewrite H4 by lia. simpl. apply upd_neq. simpl; lia.
    + rewrite H5. unfold teval; simpl. f_equal. unfold tstep. rewrite map_app. f_equal.
      * apply map_ext_in. intros x Hx. apply upd_neq. simpl. rewrite Forall_forall in FL.
        specialize (FL x Hx). lia.
      * simpl. f_equal. unfold step. simpl. rewrite upd_eq. f_equal. rewrite map_map.
        apply map_ext_in. intros j Hj. rewrite forallb_forall in T1. specialize (T1 j Hj).
        apply Nat.ltb_lt in T1. rewrite nth_map_env; auto.
Qed.

(* The chain rule at one instruction: its cotangent's share of the total goes to its operands. *)
Theorem back1_sound V i s s' :
  NoDup V -> Forall2 (fun a t => In a V /\ Gm a = t) (args i) (ats i) -> Gm (res i) = rty i ->
  infer (iop i) (ats i) = Some (rty i) -> act (res i) = tfloat (rty i) && existsb act (args i) ->
  (cone (res i) = true -> forall a, In a (args i) -> cone a = true) ->
  bounds_ok (iop i) (map act (args i)) (ats i) (rty i) = true ->
  (forall x, In x (res i :: V) -> (x < N)%positive) ->
  (cone (res i) = true -> tfloat (rty i) = true -> existsb act (args i) = true ->
   ok (iop i) (ats i) (rty i) (map E (args i)) (map T (args i))) ->
  E (res i) = sem Rscal (iop i) (ats i) (rty i) (map E (args i)) ->
  T (res i) = tangent act E T i ->
  (forall x, In x V -> act x = true -> tfloat (Gm x) = true) ->
  (forall x, In x V -> act x = false -> T x = tz) ->
  back1 names act i s = Some s' -> sound s -> total (res i :: V) s = L -> sound s' /\ total V s' = L.
Proof.
  intros ND A Tr D AC CL BO LT K ER TR FO ST H S0 P. unfold back1 in H.
  unfold total in P. simpl in P. unfold paired at 1 in P. fold (total V s) in P.
  destruct (PM.find (res i) (ctm s)) as [c|] eqn:Q.
  2:{ injection H as <-. split; auto. lra. }
  destruct S0 as (S1 & S2 & S3). destruct (S3 _ _ Q) as (Lc & Cr & Fr). rewrite Tr in Fr.
  assert (EX : existsb (fun b => b) (map act (args i)) = existsb act (args i))
    by (clear; induction (args i); simpl; congruence).
  rewrite EX in H. unfold tangent in TR. rewrite Fr in AC. simpl in AC. rewrite AC in TR.
  destruct (existsb act (args i)) eqn:EA.
  2:{ injection H as <-. split; [split; auto|]. rewrite TR, dotp_tz_r in P. lra. }
  destruct (vjp (iop i) (map act (args i)) (ats i) (rty i)) as [[tm outs]|] eqn:VJ; [|discriminate].
  destruct (inst names i outs tm 1 (args i ++ [res i; c]) (nxt s) (cnt s) (code s))
    as [[[loc n] ct] acc] eqn:IN. injection H as <-.
  unfold bounds_ok in BO. rewrite VJ in BO. rewrite !andb_true_iff in BO. destruct BO as ((B1 & B2) & B3).
  apply Nat.eqb_eq in B3.
  assert (LA : length (args i) = length (ats i)) by (eapply Forall2_length; eauto).
  assert (AV : forall a, In a (args i) -> In a V).
  { clear - A. induction A as [|a t aa ts [? ?] A IH]; simpl; intros x Hx. tauto. destruct Hx; subst; auto. }
  destruct (inst_sound _ _ _ _ _ _ _ _ _ _ _ _ IN) as (I1 & I2 & I3 & I4 & I5).
  { apply Forall_forall. intros x Hx. apply in_app_iff in Hx as [Hx|[<-|[<-|[]]]].
    - assert (x < N)%positive by (apply LT; simpl; auto). lia.
    - assert (res i < N)%positive by (apply LT; simpl; auto). lia.
    - auto. }
  { rewrite app_length; simpl. rewrite LA; auto. }
  set (s1 := Bst n (ctm s) ct acc).
  assert (SV1 : sound s1).
  { split; [|split]; simpl; try lia.
    - intros x Hx. unfold values; simpl. rewrite I4 by lia. apply S2; auto.
    - intros x d Hd. destruct (S3 _ _ Hd) as (? & ?). split; [lia|auto]. }
  destruct (accums_sound V (evalr acc E) loc (args i) (ats i) outs s1) as (C1 & C2); auto.
  { rewrite I3, app_length; simpl. rewrite LA. auto. }
  split; auto. rewrite C2, I5.
  rewrite map_app. simpl map. fold (values s).
  replace (map (values s) (args i)) with (map E (args i)).
  2:{ apply map_ext_in. intros a Ha. symmetry. apply S2. apply LT; simpl; auto. }
  rewrite (S2 (res i)) by (apply LT; simpl; auto). rewrite ER.
  assert (OK : ok (iop i) (ats i) (rty i) (map E (args i)) (map T (args i))) by (apply K; auto).
  rewrite (op_vjp_correct (iop i) (map act (args i)) (ats i) (rty i) tm outs _ (map T (args i)) (values s c));
    rewrite ?map_length; auto.
  - rewrite Tr, TR, dotp_tab_r in P.
    replace (total V s1) with (total V s). lra.
    apply sum_ext. intros x Hx. unfold paired. simpl. destruct (PM.find x (ctm s)) eqn:Q'; auto.
    unfold values at 2; simpl. rewrite I4; auto. eapply S3; eauto.
  - (* operands that need no cotangent do not move *)
    intros k Hk. destruct (Nat.lt_ge_cases k (length (args i))) as [Lk|Lk].
    + rewrite nth_map_env by auto. apply ST. apply AV, nth_In; auto.
      rewrite nth_indep with (d' := act 1%positive) in Hk by (rewrite map_length; auto).
      rewrite map_nth in Hk. auto.
    + apply nth_overflow. rewrite map_length; auto.
Qed.

End Backward.

(* The whole backward sweep. *)
Theorem sweep_sound Gm act cone names E T N L p : forall V e d s s',
  wfP Gm act cone V p -> NoDup V -> okP act cone p e d -> all_bounds_ok act p = true ->
  (forall x, In x (defs V p) -> (x < N)%positive) ->
  (forall x, In x (defs V p) -> E x = reval p e x) ->
  (forall x, In x (defs V p) -> T x = snd (jeval act p (e, d)) x) ->
  (forall x, In x V -> act x = true -> tfloat (Gm x) = true) ->
  (forall x, In x V -> act x = false -> d x = tz) ->
  sweep names act p s = Some s' -> sound Gm cone E N s -> total Gm E T (defs V p) s = L ->
  sound Gm cone E N s' /\ total Gm E T V s' = L.
Proof.
  induction p as [|i p IH]; simpl; intros V e d s s' W ND K BO LT EE TT FO ST SW S0 P.
  - injection SW as <-. auto.
  - pose proof W as W0. destruct W as (A & Tr & Ni & D & AC & CL & W). destruct K as (K1 & K2).
    apply andb_prop in BO as [BO1 BO2].
    destruct (sweep names act p s) as [s1|] eqn:Q; [|discriminate].
    assert (FO' : forall x, In x (res i :: V) -> act x = true -> tfloat (Gm x) = true).
    { intros x [<-|Hx] Ax; auto. rewrite AC in Ax. apply andb_prop in Ax as [Ax _]. rewrite Tr; auto. }
    assert (ST' : forall x, In x (res i :: V) -> act x = false -> snd (jstep act (e, d) i) x = tz).
    { intros x [<-|Hx] Ax; simpl. rewrite upd_eq. unfold tangent. rewrite Ax; auto.
      rewrite upd_neq by (intros <-; auto). auto. }
    destruct (IH (res i :: V) (rstep e i) (snd (jstep act (e, d) i)) s s1) as (J1 & J2); auto.
    { constructor; auto. }
    assert (EV : forall x, In x (res i :: V) -> E x = rstep e i x).
    { intros x Hx. rewrite EE by (apply defs_in; auto). apply (eval_frame Gm act cone p (res i :: V)); auto. }
    assert (TV : forall x, In x (res i :: V) -> T x = snd (jstep act (e, d) i) x).
    { intros x Hx. rewrite TT by (apply defs_in; auto).
      apply (jeval_frame Gm act cone p (res i :: V)); auto. }
    assert (EO : forall x, In x V -> E x = e x).
    { intros x Hx. rewrite EV by (right; auto). unfold step. apply upd_neq. intros <-; auto. }
    assert (TO : forall x, In x V -> T x = d x).
    { intros x Hx. rewrite TV by (right; auto). simpl. apply upd_neq. intros <-; auto. }
    assert (AV : forall a, In a (args i) -> In a V).
    { clear - A. induction A as [|a t aa ts [? ?] A IH]; simpl; intros x Hx. tauto.
      destruct Hx; subst; auto. }
    assert (ME : map E (args i) = map e (args i)) by (apply map_ext_in; auto).
    assert (MT : map T (args i) = map d (args i)) by (apply map_ext_in; auto).
    eapply (back1_sound Gm act cone names E T N L V i s1); eauto.
    + intros x Hx. apply LT, defs_in; auto.
    + rewrite ME, MT. intros C TF EA. apply K1; auto. unfold conditional. rewrite EA.
      destruct (compares_itself i) eqn:CI; auto.
      apply (compares_itself_still i e e) in CI as [F _]; congruence.
    + rewrite EV, ME by (left; auto). unfold step. apply upd_eq.
    + rewrite TV by (left; auto). simpl. rewrite upd_eq. unfold tangent. rewrite ME, MT. auto.
    + intros x Hx Ax. rewrite TO; auto.
Qed.
